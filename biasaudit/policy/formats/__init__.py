"""The verdict of a policy in every format: for people, build servers and code hosts."""

__all__ = ["as_json", "github", "html", "junit", "sarif", "texts"]
