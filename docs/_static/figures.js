// Draws the figures of a page in its own colours, and anew where these change. Nothing leaves this machine.
(() => {
  // What is left of a sheet of A4 between its margins, in pixels of the web.
  const SHEET = 660;
  const PRINTED = { "--pst-color-text-base": "#000", "--pst-color-border": "#bbb" };
  const colour = (name) =>
    getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function style(read) {
    const [text, line] = ["--pst-color-text-base", "--pst-color-border"].map(read);
    const axis = { automargin: true, gridcolor: line, linecolor: line, zerolinecolor: line };
    return {
      layout: {
        paper_bgcolor: "rgba(0,0,0,0)",
        plot_bgcolor: "rgba(0,0,0,0)",
        font: { color: text },
        xaxis: axis,
        yaxis: axis,
        legend: { bgcolor: "rgba(0,0,0,0)" },
      },
    };
  }

  const solutions = document.querySelectorAll("article details:not(.ba details, [open])");
  const places = [...document.querySelectorAll(".site-figure")];

  function draw(read = colour, width = undefined) {
    for (const place of places) {
      const { data, layout, config } = JSON.parse(place.dataset.figure);
      const template = style(read);
      Plotly.react(place, data, { ...layout, width, template }, config);
    }
  }

  draw();
  new MutationObserver(() => draw()).observe(document.documentElement, {
    attributes: true,
    attributeFilter: ["data-theme"],
  });
  addEventListener("beforeprint", () => {
    solutions.forEach((solution) => (solution.open = true));
    draw((name) => PRINTED[name], SHEET);
  });
  addEventListener("afterprint", () => {
    solutions.forEach((solution) => (solution.open = false));
    draw();
  });
})();
