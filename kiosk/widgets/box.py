"""Rectangles in design pixels, y downwards from the top left, and ways to divide them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle. Every method gives new boxes within this one."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        """x of the right edge."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """y of the lower edge."""
        return self.y + self.h

    def inset(self, dx: float, dy: float | None = None) -> "Box":
        """Smaller by `dx` on the left and right, `dy` (default dx) above and below."""
        dy = dx if dy is None else dy
        return Box(self.x + dx, self.y + dy, self.w - 2 * dx, self.h - 2 * dy)

    def cut_top(self, h: float, gap: float = 0) -> tuple["Box", "Box"]:
        """The upper `h` and what is left below a gap."""
        rest = self.h - h - gap
        return Box(self.x, self.y, self.w, h), Box(self.x, self.y + h + gap, self.w, rest)

    def cut_bottom(self, h: float, gap: float = 0) -> tuple["Box", "Box"]:
        """What is left above a gap, and the lower `h`."""
        upper, lower = self.cut_top(self.h - h - gap, gap)
        return upper, lower

    def cut_left(self, w: float, gap: float = 0) -> tuple["Box", "Box"]:
        """The left `w` and what is left beside a gap."""
        rest = self.w - w - gap
        return Box(self.x, self.y, w, self.h), Box(self.x + w + gap, self.y, rest, self.h)

    def columns(self, count: int, gap: float) -> list["Box"]:
        """`count` columns of the same width."""
        w = (self.w - gap * (count - 1)) / count
        return [Box(self.x + i * (w + gap), self.y, w, self.h) for i in range(count)]

    def rows(self, count: int, gap: float) -> list["Box"]:
        """`count` rows of the same height."""
        h = (self.h - gap * (count - 1)) / count
        return [Box(self.x, self.y + i * (h + gap), self.w, h) for i in range(count)]

    def grid(self, columns: int, rows: int, gap: float) -> list["Box"]:
        """Cells, row by row."""
        return [cell for row in self.rows(rows, gap) for cell in row.columns(columns, gap)]

    def middle(self, w: float, h: float) -> "Box":
        """A box of this size, centred here."""
        return Box(self.x + (self.w - w) / 2, self.y + (self.h - h) / 2, w, h)
