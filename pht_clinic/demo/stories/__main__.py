"""Writes the table of the twelve into README.md."""

from pht_clinic.demo.services import CHECKOUT
from pht_clinic.demo.stories.told import with_table

README = CHECKOUT / "README.md"

if __name__ == "__main__":
    README.write_text(with_table(README.read_text()))
