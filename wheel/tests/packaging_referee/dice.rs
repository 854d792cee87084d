//! Chance that is the same each time.

/// A generator of numbers (splitmix64), so that the questions never change.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    /// Whether a thing of this chance in a hundred happens.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of these.
    pub(crate) fn pick<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        texts[self.below(texts.len())]
    }

    /// The text, `percent` times of a hundred.
    pub(crate) fn maybe(
        &mut self,
        percent: usize,
        text: impl FnOnce(&mut Self) -> String,
    ) -> String {
        if self.chance(percent) {
            text(self)
        } else {
            String::new()
        }
    }

    /// White space, or none, as the grammars allow between most words.
    pub(crate) fn space(&mut self) -> &'static str {
        self.pick(&["", "", "", " ", "  ", "\t"])
    }
}

/// A text with one to three characters changed, `percent` times of a hundred.
pub(crate) fn spoilt(dice: &mut Dice, text: String, percent: usize) -> String {
    const PIECES: &[&str] = &[
        " ",
        "\t",
        "\n",
        "\r",
        "\0",
        "\u{1c}",
        "\u{b}",
        "\u{a0}",
        "\u{2003}",
        "\u{feff}",
        "٣",
        "²",
        "é",
        "ſ",
        "\u{212a}",
        "İ",
        "_",
        "-",
        ".",
        "*",
        "+",
        "!",
        "=",
        "<",
        ">",
        "~",
        "(",
        ")",
        "[",
        "]",
        ",",
        ";",
        "'",
        "\"",
        "\\",
        "@",
        "v",
        "a",
        "rc",
        "0",
        "1",
        "in",
        "not",
        "or",
        "and",
        "\\x41",
        "\\n",
        "18446744073709551615",
    ];
    if !dice.chance(percent) {
        return text;
    }
    let mut characters: Vec<char> = text.chars().collect();
    for _ in 0..=dice.below(3) {
        let at = dice.below(characters.len() + 1);
        match dice.below(4) {
            0 if at < characters.len() => drop(characters.remove(at)),
            1 if at + 1 < characters.len() => characters.swap(at, at + 1),
            2 if at < characters.len() => {
                let piece = dice.pick(PIECES).chars().collect::<Vec<_>>();
                characters.splice(at..=at, piece);
            }
            _ => {
                let piece = dice.pick(PIECES).chars().collect::<Vec<_>>();
                characters.splice(at..at, piece);
            }
        }
    }
    characters.into_iter().collect()
}
