//! The order of texts in which numbers count as numbers: `x-1.9` before `x-1.10`.

use std::cmp::Ordering;

/// The order of two texts, runs of digits compared as numbers.
pub(crate) fn natural(left: &str, right: &str) -> Ordering {
    let (mut one, mut other) = (left.as_bytes(), right.as_bytes());
    loop {
        let (run, rest) = split_run(one);
        let (against, remaining) = split_run(other);
        let digits = run.first().is_some_and(u8::is_ascii_digit)
            && against.first().is_some_and(u8::is_ascii_digit);
        let order = if digits {
            let (run, against) = (without_zeros(run), without_zeros(against));
            run.len().cmp(&against.len()).then_with(|| run.cmp(against))
        } else {
            run.cmp(against)
        };
        if order != Ordering::Equal || run.is_empty() {
            return order.then_with(|| left.cmp(right));
        }
        (one, other) = (rest, remaining);
    }
}

/// The digits, or the other characters, at the beginning.
fn split_run(text: &[u8]) -> (&[u8], &[u8]) {
    let digits = text.first().is_some_and(u8::is_ascii_digit);
    text.split_at(
        text.iter()
            .position(|byte| byte.is_ascii_digit() != digits)
            .unwrap_or(text.len()),
    )
}

fn without_zeros(digits: &[u8]) -> &[u8] {
    &digits[digits
        .iter()
        .position(|digit| *digit != b'0')
        .unwrap_or(digits.len())..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_as_numbers() {
        let sorted = [
            "", "0", "00", "1.9-x", "1.10", "1.10-a", "x-1", "x-01", "x-1.0", "x-1.10", "y",
        ];
        for (index, left) in sorted.iter().enumerate() {
            for (other, right) in sorted.iter().enumerate() {
                let wanted =
                    if (*left, *right) == ("x-01", "x-1") || (*left, *right) == ("x-1", "x-01") {
                        // Alike but for zeros: any order, as long as there is one.
                        natural(right, left).reverse()
                    } else {
                        index.cmp(&other)
                    };
                assert_eq!(natural(left, right), wanted, "{left} {right}");
            }
        }
    }

    #[test]
    fn numbers_of_any_length() {
        let long = "9".repeat(100_000);
        assert_eq!(natural(&long, &format!("1{long}")), Ordering::Less);
    }
}
