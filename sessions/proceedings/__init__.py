"""The book: content, then HTML, then PDF and the other forms, and the jobs that make them. Imports models."""
