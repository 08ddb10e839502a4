//! Where a visitor is and what its front end knows of it.

use std::sync::Arc;

use crate::refusal::Refusal;

/// Longest page address and referrer, in bytes.
pub const URL_BYTES_MAX: usize = 2_048;
/// Longest title and other short text, in bytes.
pub const TEXT_BYTES_MAX: usize = 256;
/// Most custom attributes.
pub const ATTRIBUTES_MAX: usize = 32;
/// Longest attribute name, in bytes.
pub const ATTRIBUTE_NAME_BYTES_MAX: usize = 64;

/// A page. Cheap to clone; a million visitors on one page can hold it once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Page(Arc<Texts>);

#[derive(Debug, PartialEq, Eq, Hash)]
struct Texts {
    url: Box<str>,
    title: Box<str>,
}

impl Page {
    /// Checks a page. Errors: [`Refusal::Missing`] without an address, [`Refusal::TooLong`] by field.
    pub fn new(url: &str, title: &str) -> Result<Self, Refusal> {
        Self::check(url, title)?;
        Ok(Self(Arc::new(Texts { url: url.into(), title: title.into() })))
    }

    /// Its address, 1 to [`URL_BYTES_MAX`] bytes.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// Its title, at most [`TEXT_BYTES_MAX`] bytes; may be empty.
    pub fn title(&self) -> &str {
        &self.0.title
    }

    /// Whether somebody else holds it too.
    pub fn is_shared(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }

    /// Checks the texts of a page without making it. Errors: those of [`Page::new`].
    pub fn check(url: &str, title: &str) -> Result<(), Refusal> {
        if url.is_empty() {
            return Err(Refusal::Missing { field: "url" });
        }
        bounded("url", url, URL_BYTES_MAX)?;
        bounded("title", title, TEXT_BYTES_MAX)
    }
}

/// What a front end knows of a visitor when it arrives. Every part may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrival {
    /// The page that led here.
    pub referrer: Box<str>,
    /// The search engine that led here.
    pub search_engine: Box<str>,
    /// What was searched for.
    pub keyword: Box<str>,
    /// The network address in text form.
    pub address: Box<str>,
    /// The region.
    pub region: Box<str>,
    /// BCP 47 tag.
    pub language: Box<str>,
    /// The kind of device.
    pub device: Box<str>,
    /// Custom attributes, by name in order.
    pub attributes: Vec<(Box<str>, Box<str>)>,
}

impl Arrival {
    /// Checks the bounds. Errors: [`Refusal::TooLong`] or [`Refusal::TooMany`], naming the field.
    pub fn check(&self) -> Result<(), Refusal> {
        bounded("referrer", &self.referrer, URL_BYTES_MAX)?;
        for (field, text) in [
            ("search_engine", &self.search_engine),
            ("keyword", &self.keyword),
            ("address", &self.address),
            ("region", &self.region),
            ("language", &self.language),
            ("device", &self.device),
        ] {
            bounded(field, text, TEXT_BYTES_MAX)?;
        }
        if self.attributes.len() > ATTRIBUTES_MAX {
            return Err(Refusal::TooMany { field: "attributes", max: ATTRIBUTES_MAX });
        }
        for (name, value) in &self.attributes {
            bounded("attributes.key", name, ATTRIBUTE_NAME_BYTES_MAX)?;
            bounded("attributes.value", value, TEXT_BYTES_MAX)?;
        }
        Ok(())
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn bounded(field: &'static str, text: &str, bytes_max: usize) -> Result<(), Refusal> {
    if text.len() > bytes_max { Err(Refusal::TooLong { field, bytes_max }) } else { Ok(()) }
}

/// One page of a trail, as agents read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailPage {
    /// The page.
    pub page: Page,
    /// When it was entered.
    pub entered_wall_ms: u64,
    /// How long the visitor stayed; on the last one, how long so far.
    pub stayed_ms: u64,
}

/// A visit's pages, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailView {
    /// Who walks there.
    pub visitor: crate::delivery::VisitorRow,
    /// The pages still held singly; the last one is where the visitor is.
    pub pages: Vec<TrailPage>,
    /// Older pages, folded.
    pub folded: u32,
    /// How long the visitor stayed on those together.
    pub folded_stayed_ms: u64,
}
