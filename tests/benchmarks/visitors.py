"""Visitors without browsers: they speak to the dashboard's server as its page does, over a websocket."""

import asyncio
import time

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect


class Visitor:
    """One session of the dashboard.

    Parameters
    ----------
    url : str
        Of the server.
    page : str
        Of the dashboard, as its address names it.
    """

    def __init__(self, url, page):
        self.url, self.page = url, page
        self.sliders, self.held, self.shown, self.failed = {}, {}, {}, []

    async def __aenter__(self):
        stream = self.url.replace("http", "ws", 1) + "/_stcore/stream"
        self.socket = await connect(stream, subprotocols=["streamlit"], max_size=None, origin=self.url)
        await self._ask(BackMsg())
        return self

    async def __aexit__(self, *error):
        await self.socket.close()

    async def _ask(self, message):
        """Have the script run, and read what it draws until it has."""
        message.rerun_script.page_name = self.page
        for key, value in self.held.items():
            state = message.rerun_script.widget_states.widgets.add()
            state.id = key
            state.string_array_value.data.append(value)
        await self.socket.send(message.SerializeToString())
        while True:
            said = ForwardMsg()
            said.ParseFromString(await self.socket.recv())
            if said.WhichOneof("type") == "script_finished":
                return
            if said.WhichOneof("type") == "delta" and said.delta.WhichOneof("type") == "new_element":
                self._draw(said.delta.new_element, said.delta.fragment_id, tuple(said.metadata.delta_path))

    def _draw(self, element, fragment, place):
        what = element.WhichOneof("type")
        if what == "exception":
            self.failed.append(element.exception.message)
        elif what == "slider" and element.slider.options:
            self.sliders[element.slider.label] = (element.slider, fragment)
            self.held.setdefault(element.slider.id, element.slider.options[int(element.slider.default[0])])
        elif what == "markdown":
            self.shown[place] = element.markdown.body

    async def move(self, label, step):
        """Move a slider to a step, or one below where it is there; return the seconds until all is drawn anew."""
        slider, fragment = self.sliders[label]
        new = slider.options[step], slider.options[step - 1]
        self.held[slider.id] = new[self.held[slider.id] == new[0]]
        message = BackMsg()
        message.rerun_script.fragment_id = fragment
        before, begin = dict(self.shown), time.perf_counter()
        await self._ask(message)
        took = time.perf_counter() - begin
        if before == self.shown:
            self.failed.append("nothing moved")
        return took


async def crowd(url, page, sessions, seconds, every):
    """Let sessions move a slider again and again; return the seconds of each move, sorted, and what failed."""
    took, failed = [], []

    async def visit(seat):
        async with Visitor(url, page) as visitor:
            labels = list(visitor.sliders)[:4]
            await asyncio.sleep(every + seat * every / sessions)
            end, i = time.monotonic() + seconds, 0
            while time.monotonic() < end:
                # No two sessions have the same lines at the same time, so that nobody is served another's result.
                took.append(await visitor.move(labels[i % len(labels)], 1 + (seat + 2 * i) % 9))
                i += 1
                await asyncio.sleep(max(0.0, every - took[-1]))
            failed.extend(visitor.failed)

    await asyncio.gather(*map(visit, range(sessions)))
    return sorted(took), failed
