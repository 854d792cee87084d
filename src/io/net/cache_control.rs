//! The `Cache-Control` of a reply (RFC 9111, section 5.2.2), as far as a private cache needs it.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// What a server says about keeping its reply. The default is to have said nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CacheDirectives {
    /// Fresh for so long after it was made.
    pub max_age: Option<Duration>,
    /// Not to be kept at all.
    pub no_store: bool,
    /// To be kept, but asked about before each use.
    pub no_cache: bool,
    /// Not to be used once stale, even if the server cannot be asked.
    pub must_revalidate: bool,
    /// Will never change while fresh.
    pub immutable: bool,
}

impl CacheDirectives {
    /// Reads a header's value. Unknown directives and those for shared caches are passed over;
    /// of a repeated `max-age` the shortest counts, and one that is no number counts as 0.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut directives = Self::default();
        for part in text.split(',') {
            let (name, value) = match part.split_once('=') {
                Some((name, value)) => (name.trim(), Some(value.trim().trim_matches('"'))),
                None => (part.trim(), None),
            };
            directives.take(&name.to_ascii_lowercase(), value);
        }
        directives
    }

    fn take(&mut self, name: &str, value: Option<&str>) {
        match name {
            "max-age" => {
                let seconds = value.and_then(|v| v.parse::<u32>().ok()).unwrap_or(0);
                let age = Duration::from_secs(u64::from(seconds));
                self.max_age = Some(self.max_age.map_or(age, |earlier| earlier.min(age)));
            }
            "no-store" => self.no_store = true,
            // With field names it is about these fields only, which are not kept anyway.
            "no-cache" if value.is_none() => self.no_cache = true,
            "must-revalidate" => self.must_revalidate = true,
            "immutable" => self.immutable = true,
            _ => {}
        }
    }
}

impl FromStr for CacheDirectives {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::parse(text))
    }
}

impl fmt::Display for CacheDirectives {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = [
            (self.no_store, "no-store"),
            (self.no_cache, "no-cache"),
            (self.must_revalidate, "must-revalidate"),
            (self.immutable, "immutable"),
        ];
        let age = self.max_age.map(|age| format!("max-age={}", age.as_secs()));
        let names = flags
            .iter()
            .filter(|(set, _)| *set)
            .map(|(_, name)| (*name).to_owned());
        f.write_str(&age.into_iter().chain(names).collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survives_a_round_trip() {
        for text in [
            "",
            "max-age=600",
            "no-store",
            "max-age=31536000, immutable",
            "max-age=0, no-cache, must-revalidate",
        ] {
            assert_eq!(CacheDirectives::parse(text).to_string(), text);
        }
    }

    #[test]
    fn takes_what_servers_send() {
        let directives = CacheDirectives::parse("Public , MAX-AGE=\"60\",s-maxage=5,, max-age=90");
        assert_eq!(directives.max_age, Some(Duration::from_secs(60)));
        let fields = CacheDirectives::parse("no-cache=\"set-cookie\"");
        assert!(!fields.no_cache);
    }

    #[test]
    fn an_unreadable_age_is_no_freshness() {
        for text in [
            "max-age",
            "max-age=x",
            "max-age=-1",
            "max-age=99999999999999999999",
        ] {
            assert_eq!(
                CacheDirectives::parse(text).max_age,
                Some(Duration::ZERO),
                "{text}"
            );
        }
    }
}
