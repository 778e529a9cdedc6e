"""Values that a form calculates by FHIRPath.

An expression is read (`syntax`), its reads of answers are found (`navigation`), the form's expressions are put in
order (`plan`), and a step works out what a changed answer reaches (`work`) within bounds (`evaluate`, `budget`).
"""
