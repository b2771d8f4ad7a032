"""The live board: fragments rendered once per audience, and the hubs that send them. Imports agenda and auth."""
