//! How callers name documents: references, and the names of versions.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{AccountId, DocumentName, InvalidId, name_like};

text_id! {
    /// What an author calls a version of a document: 1 to 128 of letters, digits, `_`, `-` and `.`. Unique in its document.
    ///
    /// Source: API reference, `DocumentVersionName` pattern.
    VersionName, "version name", "1 to 128 of letters, digits, _, - and .", |text| name_like(text, 1, "_-.")
}

/// Whose a document is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentOwner {
    /// It comes with the service.
    Amazon,
    /// An account stored it.
    Account(AccountId),
}

/// A document as a caller writes it: a name, or an ARN, which alone reaches what other accounts share.
///
/// `arn:PARTITION:ssm:REGION:ACCOUNT:document/NAME`; of a document that comes with the service the account is empty. Keeps the
/// text as it was written. Source: API reference, `DocumentARN`; service authorization reference.
///
/// ```
/// use ssm_core::ids::{DocumentOwner, DocumentReference};
///
/// let shared: DocumentReference = "arn:aws:ssm:eu-west-1:123456789012:document/deploy".parse()?;
/// let other = "210987654321".parse()?;
/// assert_eq!(shared.name().as_str(), "deploy");
/// assert_eq!(shared.owner(&other), DocumentOwner::Account("123456789012".parse()?));
/// assert!(shared.is_in("eu-west-1") && !shared.is_in("us-east-1"));
/// # Ok::<(), ssm_core::ids::InvalidId>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DocumentReference {
    text: Arc<str>,
    name: DocumentName,
    place: Option<Place>,
}

/// What an ARN says besides the name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Place {
    partition: Arc<str>,
    region: Arc<str>,
    owner: DocumentOwner,
}

impl DocumentReference {
    /// Most characters. Source: API reference, `DocumentARN` pattern.
    pub const MAX_CHARS: usize = 128;

    /// The full ARN of an account's document. With a long name it can have more than [`MAX_CHARS`](Self::MAX_CHARS) characters;
    /// then no request can name the document so, see [`is_readable`](Self::is_readable).
    #[must_use]
    pub fn arn(region: &str, owner: &AccountId, name: &DocumentName) -> Self {
        let partition = partition_of(region);
        Self {
            text: format!("arn:{partition}:ssm:{region}:{owner}:document/{name}").into(),
            name: name.clone(),
            place: Some(Place {
                partition: partition.into(),
                region: region.into(),
                owner: DocumentOwner::Account(owner.clone()),
            }),
        }
    }

    /// Whether its text can be read as a reference: it is not too long. All that were read are.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        self.text.len() <= Self::MAX_CHARS
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The name alone.
    #[must_use]
    pub fn name(&self) -> &DocumentName {
        &self.name
    }

    /// Whose document this account means by it: a plain name is one of its own, unless it is reserved for documents that come
    /// with the service.
    #[must_use]
    pub fn owner(&self, caller: &AccountId) -> DocumentOwner {
        match &self.place {
            Some(place) => place.owner.clone(),
            None if self.name.is_reserved() => DocumentOwner::Amazon,
            None => DocumentOwner::Account(caller.clone()),
        }
    }

    /// Whether it can mean a document of the service of this Region: a plain name always can, an ARN when its Region is this
    /// one and its partition is that of the Region.
    #[must_use]
    pub fn is_in(&self, region: &str) -> bool {
        self.place.as_ref().is_none_or(|place| *place.region == *region && *place.partition == *partition_of(region))
    }

    /// The one form in which rules name it, however this account wrote it: the plain name of its own documents and of those
    /// that come with the service, the ARN of all others. So a rule about the account's `deploy` never lets another
    /// account's `deploy` pass.
    #[must_use]
    pub fn as_seen_by(&self, caller: &AccountId) -> Self {
        let own = match self.owner(caller) {
            DocumentOwner::Account(owner) => owner == *caller,
            // Elsewhere a name that is not reserved means the account's own.
            DocumentOwner::Amazon => self.name.is_reserved(),
        };
        if own { Self::from(self.name.clone()) } else { self.clone() }
    }
}

/// The partition of a Region; `aws` of one that only this installation knows. Source: general reference, ARNs.
fn partition_of(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

impl From<DocumentName> for DocumentReference {
    fn from(name: DocumentName) -> Self {
        Self { text: name.as_str().into(), name, place: None }
    }
}

impl FromStr for DocumentReference {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = || InvalidId::new("document", "a name, or an ARN of at most 128 characters", text);
        if !text.starts_with("arn:") {
            return text.parse().map(|name: DocumentName| name.into());
        }
        if text.len() > Self::MAX_CHARS {
            return Err(invalid());
        }
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, "ssm", region, account, resource] = parts.as_slice() else { return Err(invalid()) };
        let name = resource.strip_prefix("document/").ok_or_else(invalid)?.parse().map_err(|_| invalid())?;
        if partition.is_empty() || region.is_empty() {
            return Err(invalid());
        }
        let owner = if account.is_empty() {
            DocumentOwner::Amazon
        } else {
            DocumentOwner::Account(account.parse().map_err(|_| invalid())?)
        };
        let place = Place { partition: (*partition).into(), region: (*region).into(), owner };
        Ok(Self { text: text.into(), name, place: Some(place) })
    }
}

impl fmt::Display for DocumentReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl_text!(DocumentReference);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OWN: &str = "arn:aws:ssm:us-east-1:123456789012:document/deploy";

    fn reference(text: &str) -> DocumentReference {
        text.parse().unwrap()
    }

    #[test]
    fn a_reference_is_a_name_or_an_arn_and_keeps_its_text() {
        let amazon = "arn:aws:ssm:us-east-1::document/AWS-RunShellScript";
        for text in ["deploy", "AWS-RunShellScript", OWN, amazon] {
            assert_eq!(reference(text).to_string(), text);
            let stored = serde_json::to_string(&reference(text)).unwrap();
            assert_eq!(serde_json::from_str::<DocumentReference>(&stored).unwrap(), reference(text));
        }
        let long = format!("arn:aws:ssm:us-east-1:123456789012:document/{}", "a".repeat(85));
        for text in [
            "ab",
            "a/b/c",
            "document/deploy",
            "arn:",
            "arn:aws:ssm:us-east-1:123456789012:deploy",
            "arn:aws:ssm:us-east-1:123456789012:document/",
            "arn:aws:ssm:us-east-1:123456789012:document/a/b",
            "arn:aws:ssm:us-east-1:12345:document/deploy",
            "arn:aws:s3:us-east-1:123456789012:document/deploy",
            "arn:aws:ssm::123456789012:document/deploy",
            "arn::ssm:us-east-1:123456789012:document/deploy",
            &long,
        ] {
            assert!(text.parse::<DocumentReference>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_reference_means_a_document_of_one_owner_in_one_region() {
        let (me, other): (AccountId, AccountId) = ("123456789012".parse().unwrap(), "210987654321".parse().unwrap());
        let account = |of: &AccountId| DocumentOwner::Account(of.clone());
        for (text, owner, seen) in [
            ("deploy", account(&me), "deploy"),
            (OWN, account(&me), "deploy"),
            ("AWS-RunShellScript", DocumentOwner::Amazon, "AWS-RunShellScript"),
            ("arn:aws:ssm:us-east-1::document/AWS-RunShellScript", DocumentOwner::Amazon, "AWS-RunShellScript"),
            ("arn:aws:ssm:us-east-1::document/deploy", DocumentOwner::Amazon, "arn:aws:ssm:us-east-1::document/deploy"),
        ] {
            assert_eq!(reference(text).owner(&me), owner, "{text}");
            assert_eq!(reference(text).as_seen_by(&me).as_str(), seen, "{text}");
        }
        assert_eq!(reference(OWN).owner(&other), account(&me));
        assert_eq!(
            reference(OWN).as_seen_by(&other).as_str(),
            OWN,
            "a rule about an own document never means another's"
        );
        assert_eq!(DocumentReference::arn("us-east-1", &me, &"deploy".parse().unwrap()), reference(OWN));
        for (text, region, wanted) in [
            ("deploy", "anywhere", true),
            (OWN, "us-east-1", true),
            (OWN, "us-east-2", false),
            ("arn:aws-cn:ssm:us-east-1:123456789012:document/deploy", "us-east-1", false),
            ("arn:aws:ssm:cn-north-1:123456789012:document/deploy", "cn-north-1", false),
            ("arn:aws-cn:ssm:cn-north-1:123456789012:document/deploy", "cn-north-1", true),
            ("arn:aws-us-gov:ssm:us-gov-west-1:123456789012:document/deploy", "us-gov-west-1", true),
        ] {
            assert_eq!(reference(text).is_in(region), wanted, "{text} {region}");
        }
    }

    #[test]
    fn the_arn_of_a_long_name_is_readable_up_to_the_bound() {
        let owner: AccountId = "123456789012".parse().unwrap();
        for (region, chars, wanted) in [
            ("us-east-1", 84, true),
            ("us-east-1", 85, false),
            ("us-gov-west-1", 73, true),
            ("us-gov-west-1", 74, false),
        ] {
            let arn = DocumentReference::arn(region, &owner, &"a".repeat(chars).parse().unwrap());
            let read = arn.as_str().parse::<DocumentReference>();
            assert_eq!((arn.is_readable(), read.is_ok()), (wanted, wanted), "{arn}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_of_references_panic(text in "\\PC{0,140}|arn:[a-z:/0-9]{0,130}") {
            if let Ok(reference) = text.parse::<DocumentReference>() {
                prop_assert_eq!(reference.as_str(), &text);
            }
        }
    }
}
