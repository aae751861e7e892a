"""The README and docs/: links lead somewhere, commands run, and whoever follows a page gets what it promises."""
