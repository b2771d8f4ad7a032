"""What several views share. Imports no view."""
