"""The verdict of a policy in every format: for people, build servers and code hosts."""
