"""How long HttpScorer waits for services that drip for ever: no longer than its timeout, with all its tries.

Run: python tests/hardening/run_slow_services.py --timeout 2
Exit code 1 where one took more than a second longer.
"""

import argparse
import sys
import threading
import time

from slow_services import KINDS, slow_service, texts_for

from biasaudit.errors import AuditError
from biasaudit.models.http import HttpScorer


def waited(kind, timeout, retries):
    """Return the seconds until the scorer gives up, and what it says; None where it has not within a minute."""
    said = []

    def ask(url):
        try:
            HttpScorer(url, timeout=timeout, retries=retries)(texts_for(kind))
        except AuditError as error:
            said.append(str(error))

    with slow_service(kind, pause=timeout / 20) as url:
        start = time.monotonic()
        asking = threading.Thread(target=ask, args=(url,), daemon=True)
        asking.start()
        asking.join(60)
        return (None if asking.is_alive() else time.monotonic() - start), "; ".join(said)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--timeout", type=float, default=2.0)
    parser.add_argument("--retries", type=int, default=20)
    asked = parser.parse_args()
    late = []
    for kind in KINDS:
        seconds, said = waited(kind, asked.timeout, asked.retries)
        shown = "for ever" if seconds is None else f"{seconds:5.2f} s"
        print(f"{kind:20} {shown}  {said[:110]}", flush=True)
        if seconds is None or seconds > asked.timeout + 1 or not said:
            late.append(kind)
    print(
        f"{len(KINDS)} kinds of slowness at timeout={asked.timeout:g}: {len(late)} over {asked.timeout + 1:g} s"
        f"{': ' + ', '.join(late) if late else ''}."
    )
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
