"""Forms validate, the methods of models save. Imports models."""
