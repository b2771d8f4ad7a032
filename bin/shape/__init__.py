"""The measurements of bin/figures. They use the standard library alone, so that any tree can be measured."""
