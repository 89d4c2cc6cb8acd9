//! Tags of resources.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ErrorCode};
use crate::ids::{DocumentName, InstanceId};

/// A tag. Source: API reference, `Tag`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Tag {
    /// 1 to 128 characters, not beginning with `aws:`.
    pub key: String,
    /// At most 256 characters.
    pub value: String,
}

/// Something that has tags.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TaggedResource {
    /// `ManagedInstance`: a managed instance of either kind. The public service tags `i-` ids through EC2; here is nobody else
    /// who could (our choice).
    Instance(InstanceId),
    /// `Document`: a document of the account's own, by its name.
    Document(DocumentName),
}

impl TaggedResource {
    /// Reads a type that the table of facts lets pass, and an id of it.
    ///
    /// # Errors
    /// `InvalidResourceType` for types that have no tags here, `InvalidResourceId` for an id of another form.
    fn read(resource_type: &str, id: &str) -> Result<Self, ApiError> {
        let wrong = |error: String| ApiError::new(ErrorCode::InvalidResourceId, error);
        match resource_type {
            "ManagedInstance" => id.parse().map(Self::Instance).map_err(|error| wrong(format!("{error}"))),
            "Document" => id.parse().map(Self::Document).map_err(|error| wrong(format!("{error}"))),
            _ => Err(ApiError::new(
                ErrorCode::InvalidResourceType,
                "Only resources of the types ManagedInstance and Document have tags here.",
            )),
        }
    }
}

/// Tags a resource. Source: API reference, `AddTagsToResource`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct AddTagsToResourceRequest {
    /// `ManagedInstance` or `Document`; required.
    pub resource_type: String,
    /// The instance's id, or the document's name; required.
    pub resource_id: String,
    /// The tags; a key that is there gets the new value, and of a key that is given twice the last value counts (our choice).
    /// Required, at most 1,000; a resource keeps at most 50.
    pub tags: Option<Vec<Tag>>,
}

impl AddTagsToResourceRequest {
    /// Tags this instance.
    #[must_use]
    pub fn of_instance(instance: &InstanceId, tags: impl IntoIterator<Item = (String, String)>) -> Self {
        Self {
            resource_type: "ManagedInstance".to_owned(),
            resource_id: instance.to_string(),
            tags: Some(tags.into_iter().map(|(key, value)| Tag { key, value }).collect()),
        }
    }

    /// The resource and its new tags, read.
    ///
    /// # Errors
    /// `ValidationException` for a reserved key, `InvalidResourceType`, `InvalidResourceId`.
    pub fn parse(&self) -> Result<(TaggedResource, BTreeMap<String, String>), ApiError> {
        let tags = self.tags.as_deref().unwrap_or_default();
        if tags.iter().any(|tag| tag.key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"))) {
            return Err(ApiError::validation("Tag keys beginning with aws: are reserved."));
        }
        let resource = TaggedResource::read(&self.resource_type, &self.resource_id)?;
        Ok((resource, tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect()))
    }
}

/// Nothing to say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddTagsToResourceResponse {}

/// Takes tags away from a resource. Source: API reference, `RemoveTagsFromResource`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct RemoveTagsFromResourceRequest {
    /// `ManagedInstance` or `Document`; required.
    pub resource_type: String,
    /// The instance's id, or the document's name; required.
    pub resource_id: String,
    /// The keys, each of 1 to 128 characters; required. Keys that the resource does not have change nothing.
    pub tag_keys: Option<Vec<String>>,
}

impl RemoveTagsFromResourceRequest {
    /// Takes the tags with these keys from this instance.
    #[must_use]
    pub fn of_instance<T: Into<String>>(instance: &InstanceId, keys: impl IntoIterator<Item = T>) -> Self {
        Self {
            resource_type: "ManagedInstance".to_owned(),
            resource_id: instance.to_string(),
            tag_keys: Some(keys.into_iter().map(Into::into).collect()),
        }
    }

    /// The resource and the keys, read.
    ///
    /// # Errors
    /// `InvalidResourceType`, `InvalidResourceId`.
    pub fn parse(&self) -> Result<(TaggedResource, &[String]), ApiError> {
        let resource = TaggedResource::read(&self.resource_type, &self.resource_id)?;
        Ok((resource, self.tag_keys.as_deref().unwrap_or_default()))
    }
}

/// Nothing to say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoveTagsFromResourceResponse {}

/// Asks for a resource's tags. Source: API reference, `ListTagsForResource`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct ListTagsForResourceRequest {
    /// `ManagedInstance` or `Document`; required.
    pub resource_type: String,
    /// The instance's id, or the document's name; required.
    pub resource_id: String,
}

impl ListTagsForResourceRequest {
    /// Asks for the tags of this instance.
    #[must_use]
    pub fn of_instance(instance: &InstanceId) -> Self {
        Self { resource_type: "ManagedInstance".to_owned(), resource_id: instance.to_string() }
    }

    /// The resource, read.
    ///
    /// # Errors
    /// `InvalidResourceType`, `InvalidResourceId`.
    pub fn parse(&self) -> Result<TaggedResource, ApiError> {
        TaggedResource::read(&self.resource_type, &self.resource_id)
    }
}

/// A resource's tags.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct ListTagsForResourceResponse {
    /// By key.
    pub tag_list: Vec<Tag>,
}

impl From<&BTreeMap<String, String>> for ListTagsForResourceResponse {
    fn from(tags: &BTreeMap<String, String>) -> Self {
        let tag = |(key, value): (&String, &String)| Tag { key: key.clone(), value: value.clone() };
        Self { tag_list: tags.iter().map(tag).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::OperatorRequest;

    const ID: &str = "mi-0123456789abcdef0";

    fn tagging(tags: &[(&str, &str)]) -> AddTagsToResourceRequest {
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        AddTagsToResourceRequest::of_instance(&ID.parse().unwrap(), tags)
    }

    fn checked(request: &AddTagsToResourceRequest) -> Result<(), ApiError> {
        OperatorRequest::AddTagsToResource(request.clone()).check()?;
        request.parse().map(|_| ())
    }

    #[test]
    fn tags_keep_their_bounds_and_each_fault_names_its_place() {
        assert!(checked(&tagging(&[("Env", "Prod"), ("empty", "")])).is_ok());
        assert!(checked(&tagging(&[(&"k".repeat(128), &"v".repeat(256))])).is_ok());
        let error = checked(&tagging(&[("ok", ""), (&"k".repeat(129), &"v".repeat(257))])).unwrap_err();
        assert_eq!(error.code(), ErrorCode::ValidationException);
        assert!(error.message().starts_with("2 validation errors detected: Value 'kkk"), "{error}");
        assert!(error.message().contains("at 'tags.2.member.key'"), "{error}");
        assert!(error.message().contains("at 'tags.2.member.value'"), "{error}");
        for key in ["aws:x", "AWS:x"] {
            assert_eq!(checked(&tagging(&[(key, "")])).unwrap_err().code(), ErrorCode::ValidationException);
        }
        let none = AddTagsToResourceRequest { tags: None, ..tagging(&[]) };
        assert!(checked(&none).unwrap_err().message().contains("Value at 'tags' failed"));
    }

    #[test]
    fn resources_are_named_by_a_type_that_has_tags_and_an_id_of_it() {
        let read = |resource_type: &str, id: &str| {
            let request =
                ListTagsForResourceRequest { resource_type: resource_type.to_owned(), resource_id: id.to_owned() };
            OperatorRequest::ListTagsForResource(request.clone()).check()?;
            request.parse()
        };
        assert_eq!(read("ManagedInstance", ID).unwrap(), TaggedResource::Instance(ID.parse().unwrap()));
        assert_eq!(read("Document", "My-Doc").unwrap(), TaggedResource::Document("My-Doc".parse().unwrap()));
        for (resource_type, id, wanted) in [
            ("ManagedInstance", "web-1", ErrorCode::InvalidResourceId),
            ("Document", "a b", ErrorCode::InvalidResourceId),
            ("Parameter", "name", ErrorCode::InvalidResourceType),
            ("Instance", ID, ErrorCode::ValidationException),
            ("", ID, ErrorCode::ValidationException),
            ("ManagedInstance", "", ErrorCode::ValidationException),
        ] {
            assert_eq!(read(resource_type, id).unwrap_err().code(), wanted, "{resource_type} {id}");
        }
    }
}
