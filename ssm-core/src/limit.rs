//! Limits of a command's spread: a count, or a percentage of its targets.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A text that is not a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a count or a percentage of up to 7 characters")]
pub struct InvalidLimit;

/// Digits without a sign or leading zeros, of at most 7 characters with what follows them.
fn digits(text: &str) -> Option<u32> {
    let plain = text == "0" || text.starts_with(|c: char| ('1'..='9').contains(&c));
    if plain && text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn count_or_percent(text: &str) -> Option<(u32, bool)> {
    if text.len() > 7 {
        return None;
    }
    match text.strip_suffix('%') {
        Some(number) => digits(number).filter(|&percent| percent <= 100).map(|percent| (percent, true)),
        None => digits(text).map(|count| (count, false)),
    }
}

/// The share of `targets`, rounded down. Rounding is our choice: the sources do not say.
fn share(targets: u32, percent: u32) -> u32 {
    u32::try_from(u64::from(targets) * u64::from(percent) / 100).unwrap_or(u32::MAX)
}

macro_rules! limit_text {
    ($name:ident) => {
        impl FromStr for $name {
            type Err = InvalidLimit;
            fn from_str(text: &str) -> Result<Self, InvalidLimit> {
                Self::parse(text).ok_or(InvalidLimit)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    Self::Count(count) => count.fmt(f),
                    Self::Percent(percent) => write!(f, "{percent}%"),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidLimit;
            fn try_from(text: String) -> Result<Self, InvalidLimit> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(limit: $name) -> String {
                limit.to_string()
            }
        }
    };
}

/// On how many instances a command may be under way at once: 1 to 9,999,999, or 1 % to 100 % of its targets; default 50.
///
/// Source: API reference, `SendCommand` `MaxConcurrency`, pattern `^([1-9][0-9]*|[1-9][0-9]%|[1-9]%|100%)$`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum MaxConcurrency {
    /// This many.
    Count(NonZeroU32),
    /// This percentage of the targets, at least one instance.
    Percent(u8),
}

impl MaxConcurrency {
    /// The pattern of the public model, for error texts.
    pub const PATTERN: &str = "^([1-9][0-9]*|[1-9][0-9]%|[1-9]%|100%)$";

    fn parse(text: &str) -> Option<Self> {
        match count_or_percent(text)? {
            (0, _) => None,
            (percent, true) => u8::try_from(percent).ok().map(Self::Percent),
            (count, false) => NonZeroU32::new(count).map(Self::Count),
        }
    }

    /// The number of instances for this many targets, at least 1.
    #[must_use]
    pub fn resolve(self, targets: u32) -> u32 {
        match self {
            Self::Count(count) => count.get(),
            Self::Percent(percent) => share(targets, percent.into()).max(1),
        }
    }
}

impl Default for MaxConcurrency {
    fn default() -> Self {
        const FIFTY: NonZeroU32 = NonZeroU32::new(50).unwrap();
        Self::Count(FIFTY)
    }
}

limit_text!(MaxConcurrency);

/// Most errors a command may have before it stops starting new invocations: 0 to 9,999,999, or 0 % to 100 % of its targets;
/// default 0. One error more stops it. Delivery timeouts do not count.
///
/// Source: API reference, `SendCommand` `MaxErrors`, pattern `^([1-9][0-9]*|[0]|[1-9][0-9]%|[0-9]%|100%)$`, and
/// `CommandInvocation` `StatusDetails`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum MaxErrors {
    /// This many.
    Count(u32),
    /// This percentage of the targets.
    Percent(u8),
}

impl MaxErrors {
    /// The pattern of the public model, for error texts.
    pub const PATTERN: &str = "^([1-9][0-9]*|[0]|[1-9][0-9]%|[0-9]%|100%)$";

    fn parse(text: &str) -> Option<Self> {
        match count_or_percent(text)? {
            (percent, true) => u8::try_from(percent).ok().map(Self::Percent),
            (count, false) => Some(Self::Count(count)),
        }
    }

    /// The number of errors that this many targets may have.
    #[must_use]
    pub fn resolve(self, targets: u32) -> u32 {
        match self {
            Self::Count(count) => count,
            Self::Percent(percent) => share(targets, percent.into()),
        }
    }
}

impl Default for MaxErrors {
    fn default() -> Self {
        Self::Count(0)
    }
}

limit_text!(MaxErrors);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::*;

    #[test]
    fn percentages_round_down_and_leave_at_least_one_instance() {
        for (text, targets, wanted) in [("10%", 50, 5), ("10%", 9, 1), ("1%", 0, 1), ("100%", 7, 7), ("50", 3, 50)] {
            assert_eq!(text.parse::<MaxConcurrency>().unwrap().resolve(targets), wanted, "{text} of {targets}");
        }
        for (text, targets, wanted) in [("10%", 50, 5), ("10%", 9, 0), ("0", 9, 0), ("100%", u32::MAX, u32::MAX)] {
            assert_eq!(text.parse::<MaxErrors>().unwrap().resolve(targets), wanted, "{text} of {targets}");
        }
    }

    #[test]
    fn defaults_are_fifty_and_zero() {
        assert_eq!(MaxConcurrency::default().to_string(), "50");
        assert_eq!(MaxErrors::default().to_string(), "0");
    }

    proptest! {
        #[test]
        fn the_parsers_agree_with_the_public_patterns(text in "[0-9%+ -]{0,9}|[1-9][0-9]{0,7}%?") {
            let short = (1..=7).contains(&text.len());
            let concurrency = short && Regex::new(MaxConcurrency::PATTERN).unwrap().is_match(&text);
            let errors = short && Regex::new(MaxErrors::PATTERN).unwrap().is_match(&text);
            prop_assert_eq!(text.parse::<MaxConcurrency>().is_ok(), concurrency);
            prop_assert_eq!(text.parse::<MaxErrors>().is_ok(), errors);
            if let Ok(limit) = text.parse::<MaxErrors>() {
                prop_assert_eq!(limit.to_string(), text);
            }
        }
    }
}
