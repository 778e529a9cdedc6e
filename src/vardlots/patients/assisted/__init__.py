"""The pages of assisted triage: for a nurse with a telephone at the ear and the keyboard under the hands."""
