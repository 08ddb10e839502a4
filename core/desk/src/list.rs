//! What a list of visitors is to show: which of those present, and in which order.
//!
//! A [`ListQuery`] is what somebody asks for, by the ids that the tenant chose. Against a policy it becomes a [`Filter`], which looks at
//! a record and says yes or no, and an [`Order`], which gives each record its [`Rank`]. Two questions that mean the same are
//! the same filter, so that their lists can be kept once.

use crate::delivery::Presence;
use crate::id::{DepartmentId, DepartmentNo, SiteGroupId, SiteId, SiteNo};
use crate::page::TEXT_BYTES_MAX;
use crate::policy::Policy;
use crate::refusal::Refusal;
use crate::visitor::{Stage, Visitor};

/// On which sites.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Places {
    /// On all of the tenant's.
    #[default]
    All,
    /// On one.
    Site(SiteId),
    /// On those of a group.
    Group(SiteGroupId),
}

/// With or without a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum InSession {
    /// All the same.
    #[default]
    Either,
    /// Without one.
    No,
    /// With one, waiting or not.
    Yes,
    /// With one that waits.
    Waiting,
    /// With one that an agent has.
    Active,
}

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Order {
    /// Who arrived last comes first, by the wall clock.
    #[default]
    NewestArrival,
    /// Who arrived first comes first, by the wall clock.
    LongestPresent,
    /// Who has seen the most pages (up to 65,535) comes first; of equals who arrived last.
    MostPages,
}

/// A record's place in an order: the lower one comes first. Equals come in any order, but always in the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rank(pub u64);

/// What a list is to show. By default all visitors of all sites.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// On which sites.
    pub places: Places,
    /// Whose session is in this department.
    pub department: Option<DepartmentId>,
    /// Here or away.
    pub presence: Option<Presence>,
    /// With or without a session.
    pub in_session: InSession,
    /// Of this region: the whole of its text. Empty for any. At most [`TEXT_BYTES_MAX`] bytes, as the two that follow.
    pub region: Box<str>,
    /// Whose search keyword holds this. Empty for any.
    pub keyword: Box<str>,
    /// Whose id, page (title or address), referrer, search keyword or region holds this. Empty for any.
    pub text: Box<str>,
    /// In which order.
    pub order: Order,
}

/// Which records a list shows. Letters of ASCII are taken for equal in both cases.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Filter {
    /// A bit for each site up to the last one; `None` for all.
    sites: Option<Box<[u64]>>,
    department: Option<DepartmentNo>,
    presence: Option<Presence>,
    in_session: InSession,
    region: Box<str>,
    keyword: Box<str>,
    text: Box<str>,
}

/// 48 bits of milliseconds: until the year 10889.
const WALL_MS_MAX: u64 = (1 << 48) - 1;

impl ListQuery {
    /// The filter that this question means under a policy. Errors: [`Refusal::UnknownSite`], [`Refusal::UnknownSiteGroup`],
    /// [`Refusal::UnknownDepartment`], [`Refusal::TooLong`] by field.
    pub fn filter(&self, policy: &Policy) -> Result<Filter, Refusal> {
        let sites = match &self.places {
            Places::All => None,
            Places::Site(id) => Some(bits([policy.site(id).ok_or(Refusal::UnknownSite)?])),
            Places::Group(id) => {
                let group = policy.site_group(id).ok_or(Refusal::UnknownSiteGroup)?;
                Some(bits(policy.site_numbers(group)))
            }
        };
        let department = match &self.department {
            None => None,
            Some(id) => {
                let no = policy.department(id);
                Some(no.ok_or_else(|| Refusal::UnknownDepartment(id.clone()))?)
            }
        };
        Ok(Filter {
            sites,
            department,
            presence: self.presence,
            in_session: self.in_session,
            region: needle("region", &self.region)?,
            keyword: needle("keyword", &self.keyword)?,
            text: needle("text", &self.text)?,
        })
    }
}

impl Filter {
    /// Whether visitors of a site may be shown.
    pub fn covers(&self, site: SiteNo) -> bool {
        let (word, bit) = (usize::from(site.0) / 64, site.0 % 64);
        self.sites.as_ref().is_none_or(|sites| sites.get(word).is_some_and(|w| w >> bit & 1 == 1))
    }

    /// Whether a visitor is shown. What is cheap to tell is asked first.
    pub fn shows(&self, visitor: &Visitor) -> bool {
        self.covers(visitor.site())
            && self.presence.is_none_or(|wanted| wanted == visitor.presence())
            && self.stands_right(visitor)
            && (self.region.is_empty() && self.keyword.is_empty() || self.arrived_right(visitor))
            && (self.text.is_empty() || self.reads(visitor))
    }

    fn stands_right(&self, visitor: &Visitor) -> bool {
        let stage = visitor.stage();
        let in_department = || stage.is_some_and(|(no, _)| Some(no) == self.department);
        let stage = stage.map(|(_, stage)| stage);
        (self.department.is_none() || in_department())
            && match self.in_session {
                InSession::Either => true,
                InSession::No => stage.is_none(),
                InSession::Yes => stage.is_some(),
                InSession::Waiting => stage == Some(Stage::Waiting),
                InSession::Active => stage == Some(Stage::Active),
            }
    }

    fn arrived_right(&self, visitor: &Visitor) -> bool {
        visitor.arrival().is_some_and(|arrival| {
            (self.region.is_empty() || arrival.region.eq_ignore_ascii_case(&self.region))
                && holds(&arrival.keyword, &self.keyword)
        })
    }

    fn reads(&self, visitor: &Visitor) -> bool {
        let page = visitor.page();
        holds_bytes(visitor.id_bytes(), self.text.as_bytes())
            || [page.title(), page.url()].iter().any(|text| holds(text, &self.text))
            || visitor.arrival().is_some_and(|arrival| {
                let texts = [&arrival.referrer, &arrival.keyword, &arrival.region];
                texts.iter().any(|text| holds(text, &self.text))
            })
    }
}

impl Order {
    /// A visitor's place in this order.
    pub fn rank(self, visitor: &Visitor) -> Rank {
        let arrived = visitor.arrived_wall_ms().min(WALL_MS_MAX);
        match self {
            Self::NewestArrival => Self::arrived_at(arrived),
            Self::LongestPresent => Rank(arrived),
            Self::MostPages => {
                let pages = u16::try_from(visitor.pages()).unwrap_or(u16::MAX);
                Rank(u64::from(u16::MAX - pages) << 48 | (WALL_MS_MAX - arrived))
            }
        }
    }

    /// The rank of who arrived then, where the newest arrival comes first.
    pub fn arrived_at(wall_ms: u64) -> Rank {
        Rank(WALL_MS_MAX - wall_ms.min(WALL_MS_MAX))
    }
}

/// Numbers of sites grow with each policy that names new ones, so there are as many words as the last one needs.
fn bits(sites: impl IntoIterator<Item = SiteNo>) -> Box<[u64]> {
    let mut bits = Vec::new();
    for SiteNo(site) in sites {
        let word = usize::from(site) / 64;
        bits.resize(bits.len().max(word + 1), 0);
        bits[word] |= 1 << (site % 64);
    }
    bits.into()
}

fn needle(field: &'static str, text: &str) -> Result<Box<str>, Refusal> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(Refusal::TooLong { field, bytes_max: TEXT_BYTES_MAX });
    }
    Ok(text.to_ascii_lowercase().into())
}

/// Whether a text holds another one, which is in lower case.
fn holds(text: &str, lower: &str) -> bool {
    holds_bytes(text.as_bytes(), lower.as_bytes())
}

fn holds_bytes(text: &[u8], lower: &[u8]) -> bool {
    let Some((first, rest)) = lower.split_first() else { return true };
    // Most places fail at their first byte.
    let upper = first.to_ascii_uppercase();
    text.windows(lower.len()).any(|window| {
        (window[0] == *first || window[0] == upper) && window[1..].eq_ignore_ascii_case(rest)
    })
}

#[cfg(test)]
mod tests;
