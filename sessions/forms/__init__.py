"""Forms validate, the methods of models save. Below `extension` and `views`, above `coediting`."""
