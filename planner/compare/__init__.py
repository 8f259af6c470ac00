"""Comparing plans: what scenarios change, what becomes of the plan, which decisions hold in all of them.

`views` read run folders and solve nothing; `bridge`, `regret`, `alternatives` and `frontier` solve, in a `laboratory`.
`page` puts them into one document, `verb` is `planner compare`.
"""
