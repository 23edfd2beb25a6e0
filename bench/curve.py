"""A curve for each contender over one variable: as a table and as SVG."""

from dataclasses import dataclass, field
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 70, 140, 40, 50
COLOURS = ["#1b6ca8", "#c8553d", "#588157", "#7b5ea7"]


@dataclass
class Curve:
    x_name: str
    y_name: str
    lines: dict = field(default_factory=dict)  # {contender: {x: y}}; every x is a place of its own on the axis

    def add(self, contender, x, y):
        self.lines.setdefault(contender, {})[x] = y

    def places(self):
        return list(dict.fromkeys(x for points in self.lines.values() for x in points))

    def table(self):
        places = self.places()
        text = f"| {self.x_name} | " + " | ".join(str(x) for x in places) + " |\n|---|" + "---:|" * len(places) + "\n"
        for contender, points in self.lines.items():
            text += f"| {contender}, {self.y_name} | " + " | ".join(f"{points[x]:.2f}" if x in points else "" for x in places) + " |\n"
        return text

    def svg(self, title):
        places = self.places()
        highest = max(y for points in self.lines.values() for y in points.values()) * 1.1
        step = (WIDTH - LEFT - RIGHT) / max(1, len(places) - 1)

        def at(x, y):
            return LEFT + places.index(x) * step, HEIGHT - BOTTOM - y / highest * (HEIGHT - TOP - BOTTOM)

        parts = [text(WIDTH / 2, 22, title, "middle", 15), text(LEFT - 58, TOP - 10, self.y_name, "start"),
                 text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, self.x_name, "middle")]
        for i in range(5):
            y = highest * i / 4
            height = at(places[0], y)[1]
            parts.append(f'<path d="M{LEFT} {height:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
            parts.append(text(LEFT - 8, height + 4, f"{y:.2f}", "end"))
        parts += [text(at(x, 0)[0], HEIGHT - BOTTOM + 18, str(x), "middle") for x in places]
        for colour, (contender, points) in zip(COLOURS, self.lines.items()):
            spots = [at(x, y) for x, y in points.items()]
            path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in spots)
            parts.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in spots]
            parts.append(text(spots[-1][0] + 8, spots[-1][1] + 4, contender, "start", colour=colour))
        return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif">\n'
                '<rect width="100%" height="100%" fill="white"/>\n' + "\n".join(parts) + "\n</svg>\n")


def text(x, y, words, anchor, size=12, colour="#333"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}">{escape(words)}</text>'
