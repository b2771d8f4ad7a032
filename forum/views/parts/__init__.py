"""Parts that several views share. A part imports no view."""
