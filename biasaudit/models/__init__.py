"""What gets audited: a CV sorter that runs here, and any scoring service behind a URL."""
