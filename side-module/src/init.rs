//! The function that CPython calls to make a module.

/// The type of such a function: it takes nothing and gives the address of an object.
pub(crate) const SIGNATURE: &str = "() -> i32";

/// The name of the function that makes a module, by the last part of the module's name (PEP 489).
///
/// ```
/// assert_eq!(side_module::init_function("_fast"), "PyInit__fast");
/// assert_eq!(side_module::init_function("lančmít"), "PyInitU_lanmt_2sa6t");
/// ```
#[must_use]
pub fn init_function(name: &str) -> String {
    if name.is_ascii() {
        return format!("PyInit_{}", name.replace('-', "_"));
    }
    format!("PyInitU_{}", punycode(name).replace('-', "_"))
}

const BASE: u32 = 36;
const LEAST: u32 = 1;
const MOST: u32 = 26;

/// Punycode (RFC 3492). Names are short: no number here comes near its limit.
fn punycode(name: &str) -> String {
    let characters: Vec<u32> = name.chars().map(u32::from).collect();
    let mut output: String = name.chars().filter(char::is_ascii).collect();
    let plain = count(output.len());
    if plain > 0 {
        output.push('-');
    }
    let (mut next, mut delta, mut bias, mut done) = (128, 0_u32, 72, plain);
    while done < count(characters.len()) {
        let least = characters.iter().copied().filter(|at| *at >= next).min();
        let Some(least) = least else { break };
        delta = delta.saturating_add((least - next).saturating_mul(done + 1));
        next = least;
        for &character in &characters {
            if character < next {
                delta = delta.saturating_add(1);
            } else if character == next {
                number(&mut output, delta, bias);
                bias = adapt(delta, done + 1, done == plain);
                delta = 0;
                done += 1;
            }
        }
        delta = delta.saturating_add(1);
        next += 1;
    }
    output
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// A number of a length of its own, its lowest digit first.
fn number(output: &mut String, mut value: u32, bias: u32) {
    let mut at = BASE;
    loop {
        let threshold = at.saturating_sub(bias).clamp(LEAST, MOST);
        if value < threshold {
            output.push(digit(value));
            return;
        }
        output.push(digit(threshold + (value - threshold) % (BASE - threshold)));
        value = (value - threshold) / (BASE - threshold);
        at += BASE;
    }
}

fn digit(value: u32) -> char {
    char::from_digit(value.saturating_sub(26), 10)
        .filter(|_| value >= 26)
        .or_else(|| char::from_u32(u32::from('a') + value))
        .unwrap_or('a')
}

fn adapt(delta: u32, points: u32, first: bool) -> u32 {
    let mut delta = delta / if first { 700 } else { 2 };
    delta += delta / points;
    let mut steps = 0;
    while delta > (BASE - LEAST) * MOST / 2 {
        delta /= BASE - LEAST;
        steps += BASE;
    }
    steps + (BASE - LEAST + 1) * delta / (delta + 38)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        // As `"PyInitU_" + name.encode("punycode").decode().replace("-", "_")` of CPython has them.
        for (name, function) in [
            ("spam", "PyInit_spam"),
            ("a-b", "PyInit_a_b"),
            ("スパム", "PyInitU_zck5b2b"),
            ("ü", "PyInitU_tda"),
            ("bücher", "PyInitU_bcher_kva"),
            ("他们为什么不说中文", "PyInitU_ihqwcrb4cv8a8dqg056pqjye"),
            ("aé😀z", "PyInitU_az_bja03242c"),
        ] {
            assert_eq!(init_function(name), function);
        }
    }
}
