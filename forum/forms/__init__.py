"""Forms validate; the verbs of the models save. Imports models and agenda."""
