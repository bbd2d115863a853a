"""The search for subgroups: every pattern tried in one part of the people and confirmed in the other."""
