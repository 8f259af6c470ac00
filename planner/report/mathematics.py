"""Formulas of the programme (`compute_lp.algebra`) as text, LaTeX, Typst, MathML and Word's OMML, from one walk of the
tree."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from compute_lp.algebra import Name, Node, Number, Product, Quotient, Relation, Sum, SumOver

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Dialect(ABC):
    """How a formula is written. Subclasses say how its pieces are; what needs brackets is decided here."""

    def formula(self, node: Relation | Node) -> str:
        """The whole formula."""
        if isinstance(node, Relation):
            return self.joined([self.node(node.left), self.sign(node.sign), self.node(node.right)])
        return self.node(node)

    def node(self, node: Node) -> str:
        match node:
            case Number(value):
                return self.number(f"{value:g}")
            case Name():
                return self.name(node.name, node.indices)
            case Product(factors):
                return self.product([self._bracketed(factor) for factor in factors])
            case Quotient(top, bottom):
                return self.quotient(self.node(top), self.node(bottom))
            case SumOver():
                return self.sum_over(self._range(node), self._bracketed(node.body))
            case Sum(terms):
                pieces: list[str] = []
                for i, (sign, term) in enumerate(terms):
                    if i or sign < 0:
                        pieces.append(self.sign("−" if sign < 0 else "+"))
                    pieces.append(self.brackets(self.node(term)) if isinstance(term, Sum) else self.node(term))
                return self.joined(pieces)

    def _bracketed(self, node: Node) -> str:
        """A factor: sums need brackets."""
        inner = self.node(node)
        return self.brackets(inner) if isinstance(node, Sum | SumOver) else inner

    def _range(self, node: SumOver) -> str:
        """What stands under the sum: letters, and which members they run over."""
        letters = self.letters(node.letters)
        told = [letters] if letters else []
        told += [self.joined([self.node(link), self.sign("="), self.letters((letter,))]) for link, letter in node.where]
        return self.separated(told)

    @abstractmethod
    def number(self, text: str) -> str: ...

    @abstractmethod
    def name(self, name: str, indices: Sequence[str | Name]) -> str: ...

    @abstractmethod
    def letters(self, letters: Sequence[str]) -> str: ...

    @abstractmethod
    def sign(self, sign: str) -> str: ...

    @abstractmethod
    def joined(self, pieces: Sequence[str]) -> str: ...

    @abstractmethod
    def separated(self, pieces: Sequence[str]) -> str: ...

    @abstractmethod
    def product(self, factors: Sequence[str]) -> str: ...

    @abstractmethod
    def quotient(self, top: str, bottom: str) -> str: ...

    @abstractmethod
    def brackets(self, inner: str) -> str: ...

    @abstractmethod
    def sum_over(self, under: str, body: str) -> str: ...


class Plain(Dialect):
    """Unicode text on one line."""

    def number(self, text: str) -> str:
        return text

    def name(self, name: str, indices: Sequence[str | Name]) -> str:
        inside = ",".join(self.node(i) if isinstance(i, Name) else i for i in indices)
        return f"{name}[{inside}]" if indices else name

    def letters(self, letters: Sequence[str]) -> str:
        return ",".join(letters)

    def sign(self, sign: str) -> str:
        return sign

    def joined(self, pieces: Sequence[str]) -> str:
        return " ".join(pieces)

    def separated(self, pieces: Sequence[str]) -> str:
        return ": ".join([pieces[0], ", ".join(pieces[1:])]) if len(pieces) > 1 else "".join(pieces)

    def product(self, factors: Sequence[str]) -> str:
        return "·".join(factors)

    def quotient(self, top: str, bottom: str) -> str:
        return f"{top}/{bottom}"

    def brackets(self, inner: str) -> str:
        return f"({inner})"

    def sum_over(self, under: str, body: str) -> str:
        return f"Σ_{{{under}}} {body}"


LATEX_SIGNS: Mapping[str, str] = {"≤": r"\le", "=": "=", "+": "+", "−": "-"}
TYPST_SIGNS: Mapping[str, str] = {"≤": "<=", "=": "=", "+": "+", "−": "-"}


class Latex(Plain):
    """LaTeX mathematics, for amsmath."""

    def name(self, name: str, indices: Sequence[str | Name]) -> str:
        word = r"\mathit{" + name.replace("_", r"\_") + "}"
        return f"{word}_{{{self._inside(indices)}}}" if indices else word

    def _inside(self, indices: Sequence[str | Name]) -> str:
        return ",".join(self.node(i) if isinstance(i, Name) else self._letter(i) for i in indices)

    def _letter(self, letter: str) -> str:
        bare = letter.rstrip("′")
        primes = "'" * (len(letter) - len(bare))
        return (bare if len(bare) == 1 else r"\text{" + bare.replace("_", r"\_") + "}") + primes

    def letters(self, letters: Sequence[str]) -> str:
        return ",".join(map(self._letter, letters))

    def sign(self, sign: str) -> str:
        return LATEX_SIGNS[sign]

    def separated(self, pieces: Sequence[str]) -> str:
        return r"\,:\,".join([pieces[0], ",\\,".join(pieces[1:])]) if len(pieces) > 1 else "".join(pieces)

    def product(self, factors: Sequence[str]) -> str:
        return r"\,".join(factors)

    def quotient(self, top: str, bottom: str) -> str:
        return rf"\frac{{{top}}}{{{bottom}}}"

    def brackets(self, inner: str) -> str:
        return rf"\left({inner}\right)"

    def sum_over(self, under: str, body: str) -> str:
        return rf"\sum_{{{under}}} {body}"


class Typst(Plain):
    """Typst mathematics."""

    def name(self, name: str, indices: Sequence[str | Name]) -> str:
        word = f'italic("{name}")'
        return f"{word}_({self._inside(indices)})" if indices else word

    def _inside(self, indices: Sequence[str | Name]) -> str:
        return ", ".join(self.node(i) if isinstance(i, Name) else self._letter(i) for i in indices)

    def _letter(self, letter: str) -> str:
        bare = letter.rstrip("′")
        return (bare if len(bare) == 1 else f'"{bare}"') + "'" * (len(letter) - len(bare))

    def letters(self, letters: Sequence[str]) -> str:
        return ", ".join(map(self._letter, letters))

    def sign(self, sign: str) -> str:
        return TYPST_SIGNS[sign]

    def product(self, factors: Sequence[str]) -> str:
        return " thin ".join(factors)

    def quotient(self, top: str, bottom: str) -> str:
        return f"frac({top}, {bottom})"

    def sum_over(self, under: str, body: str) -> str:
        return f"sum_({under}) {body}"


class Omml(Dialect):
    """The inside of a Word equation, as XML with the prefix m.

    Names are normal text: in other text LibreOffice takes what follows an underscore for an index.
    """

    def number(self, text: str) -> str:
        return self._run(text, plain=True)

    def _run(self, text: str, *, plain: bool = False) -> str:
        style = '<m:rPr><m:sty m:val="p"/></m:rPr>' if plain else ""
        if len(text.rstrip("′")) > 1 and not plain:
            style = "<m:rPr><m:nor/></m:rPr>"
        return f'<m:r>{style}<m:t xml:space="preserve">{escape(text)}</m:t></m:r>'

    def name(self, name: str, indices: Sequence[str | Name]) -> str:
        if not indices:
            return self._run(name)
        inside = [self.node(i) if isinstance(i, Name) else self._run(i) for i in indices]
        sub = self._run(",", plain=True).join(inside)
        return f"<m:sSub><m:e>{self._run(name)}</m:e><m:sub>{sub}</m:sub></m:sSub>"

    def letters(self, letters: Sequence[str]) -> str:
        return self._run(",", plain=True).join(map(self._run, letters))

    def sign(self, sign: str) -> str:
        return self._run(sign, plain=True)

    def joined(self, pieces: Sequence[str]) -> str:
        return "".join(pieces)

    def separated(self, pieces: Sequence[str]) -> str:
        if len(pieces) < 2:
            return "".join(pieces)
        return pieces[0] + self._run(": ", plain=True) + self._run(", ", plain=True).join(pieces[1:])

    def product(self, factors: Sequence[str]) -> str:
        return self._run("·", plain=True).join(factors)

    def quotient(self, top: str, bottom: str) -> str:
        return f"<m:f><m:num>{top}</m:num><m:den>{bottom}</m:den></m:f>"

    def brackets(self, inner: str) -> str:
        return f"<m:d><m:e>{inner}</m:e></m:d>"

    def sum_over(self, under: str, body: str) -> str:
        head = '<m:naryPr><m:chr m:val="∑"/><m:limLoc m:val="undOvr"/><m:supHide m:val="1"/></m:naryPr>'
        return f"<m:nary>{head}<m:sub>{under}</m:sub><m:sup/><m:e>{body}</m:e></m:nary>"


class MathMl(Dialect):
    """The inside of a `math` element of a page: MathML Core, as browsers draw it."""

    def number(self, text: str) -> str:
        return f"<mn>{escape(text)}</mn>"

    def name(self, name: str, indices: Sequence[str | Name]) -> str:
        word = f"<mi>{escape(name)}</mi>"
        if not indices:
            return word
        inside = [self.node(i) if isinstance(i, Name) else self._letter(i) for i in indices]
        return f"<msub>{word}<mrow>{self._separator(',').join(inside)}</mrow></msub>"

    def _letter(self, letter: str) -> str:
        return f"<mi>{escape(letter)}</mi>"

    def _separator(self, sign: str) -> str:
        return f'<mo separator="true">{sign}</mo>'

    def letters(self, letters: Sequence[str]) -> str:
        return self._separator(",").join(map(self._letter, letters))

    def sign(self, sign: str) -> str:
        return f"<mo>{escape(sign)}</mo>"

    def joined(self, pieces: Sequence[str]) -> str:
        """A sign before the first term is one of its own, so no space is set after it."""
        first = [f'<mo form="prefix">{pieces[0][4:]}'] if pieces[:1] == [self.sign("−")] else list(pieces[:1])
        return "".join([*first, *pieces[1:]])

    def separated(self, pieces: Sequence[str]) -> str:
        if len(pieces) < 2:
            return "".join(pieces)
        return pieces[0] + self._separator(":") + self._separator(",").join(pieces[1:])

    def product(self, factors: Sequence[str]) -> str:
        return "<mo>·</mo>".join(factors)

    def quotient(self, top: str, bottom: str) -> str:
        return f"<mfrac><mrow>{top}</mrow><mrow>{bottom}</mrow></mfrac>"

    def brackets(self, inner: str) -> str:
        return f"<mrow><mo>(</mo>{inner}<mo>)</mo></mrow>"

    def sum_over(self, under: str, body: str) -> str:
        return f"<mrow><munder><mo>∑</mo><mrow>{under}</mrow></munder>{body}</mrow>"
