"""What the tests of the parts of the data audit share."""

from planted_data import FEATURES

import biasaudit as ba


def audited(frame, **given):
    """Audit a table of :func:`planted_data.planted`, men being the reference."""
    own = {"label": "hired", "sensitive_features": "sex", "reference": {"sex": "man"}}
    if "features" not in given:
        own["features"] = [name for name in FEATURES if name in frame.columns]
    return ba.audit_dataset(frame, **(own | given))


def part(audit, name):
    """Return a part with its judged rows."""
    return next(found for found in audit.parts if found.name == name)


def told(audit, name):
    """Return what is said of a part."""
    return [(finding.verdict, finding.sentence) for finding in part(audit, name).findings()]
