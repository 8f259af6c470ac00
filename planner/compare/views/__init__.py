"""Views of several plans that need no solve: each a pure function from cases to one tidy table."""
