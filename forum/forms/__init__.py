"""Forms validate, the methods of models save. Below `views`, above `live`."""
