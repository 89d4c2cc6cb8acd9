//! Versions of agents, compared by their numbers.

use std::cmp::Ordering;

/// Numbers between points, at least one; zeros at the end do not count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(Vec<u64>);

impl Version {
    /// `None` for what is no version.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut numbers: Vec<u64> = text.split('.').map(number).collect::<Option<_>>()?;
        while numbers.last() == Some(&0) {
            numbers.pop();
        }
        Some(Self(numbers))
    }

    /// How two texts compare; `None` when one is no version.
    pub(super) fn compare(one: &str, other: &str) -> Option<Ordering> {
        Some(Self::read(one)?.cmp(&Self::read(other)?))
    }
}

fn number(text: &str) -> Option<u64> {
    // The parser of numbers would take a sign.
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_their_numbers() {
        for (one, other, wanted) in [
            ("3.3.5", "3.3.40", Some(Ordering::Less)),
            ("3.10", "3.9.9", Some(Ordering::Greater)),
            ("3.3", "3.3.0.0", Some(Ordering::Equal)),
            ("0", "0.0", Some(Ordering::Equal)),
            ("03.1", "3.01", Some(Ordering::Equal)),
            ("3.3", "3.3-beta", None),
            ("", "1", None),
            ("1.", "1", None),
            ("+1", "1", None),
            ("99999999999999999999999", "1", None),
        ] {
            assert_eq!(Version::compare(one, other), wanted, "{one:?} {other:?}");
        }
    }
}
