"""A signed note on its way out: as FHIR document, PDF and text, to the record system or to whoever reads it."""
