//! A visitor as a front end presents it to the broker.

use frontdesk_proto::v1;

use crate::words::Words;

/// Who arrives, where, and what is known of it. Only the site and the page are needed; the id too for gateways.
///
/// Bounds are the schema's: ids 64 bytes, addresses of pages 2,048, other texts 256, 32 attributes.
#[derive(Debug, Clone, Default)]
pub struct Visitor {
    attach: v1::AttachVisitor,
}

impl Visitor {
    /// A visitor of a site of the tenant.
    pub fn new(site: impl Into<String>) -> Self {
        Self { attach: v1::AttachVisitor { site: site.into(), ..Default::default() } }
    }

    fn with(mut self, set: impl FnOnce(&mut v1::Arrival)) -> Self {
        set(self.attach.arrival.get_or_insert_default());
        self
    }

    /// Its id; a visitor's own token names it already.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.attach.visitor = id.into();
        self
    }

    /// The page it is on: address and title.
    pub fn page(self, url: impl Into<String>, title: impl Into<String>) -> Self {
        self.with(|arrival| arrival.page = Some(v1::Page { url: url.into(), title: title.into() }))
    }

    /// The page that led here.
    pub fn referrer(self, referrer: impl Into<String>) -> Self {
        self.with(|arrival| arrival.referrer = referrer.into())
    }

    /// The search engine that led here, and the words searched for.
    pub fn search(self, engine: impl Into<String>, keyword: impl Into<String>) -> Self {
        self.with(|arrival| {
            arrival.search_engine = engine.into();
            arrival.keyword = keyword.into();
        })
    }

    /// Its network address in text form; on a visitor's own connection the broker writes what it sees.
    pub fn address(self, address: impl Into<String>) -> Self {
        self.with(|arrival| arrival.address = address.into())
    }

    /// Where it is.
    pub fn region(self, region: impl Into<String>) -> Self {
        self.with(|arrival| arrival.region = region.into())
    }

    /// Its language, a BCP 47 tag.
    pub fn language(self, language: impl Into<String>) -> Self {
        self.with(|arrival| arrival.language = language.into())
    }

    /// Its device.
    pub fn device(self, device: impl Into<String>) -> Self {
        self.with(|arrival| arrival.device = device.into())
    }

    /// Anything else, by name.
    pub fn attribute(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.with(|arrival| {
            arrival.attributes.insert(name.into(), value.into());
        })
    }

    pub(crate) fn into_wire(self) -> v1::AttachVisitor {
        self.attach
    }
}

/// A request for a session.
#[derive(Debug, Clone)]
pub struct Asking {
    pub(crate) department: String,
    pub(crate) agent: String,
    pub(crate) skills: Vec<String>,
    pub(crate) channel: String,
    pub(crate) opening: Option<String>,
    pub(crate) priority_minutes: u32,
    form: Vec<v1::FormAnswer>,
    by_gateway: bool,
}

impl Asking {
    /// In this department; empty for whoever the site's style says.
    pub fn new(department: impl Into<String>) -> Self {
        Self {
            department: department.into(),
            agent: String::new(),
            skills: Vec::new(),
            channel: String::new(),
            opening: None,
            priority_minutes: 0,
            form: Vec::new(),
            by_gateway: false,
        }
    }

    pub(crate) fn into_wire(self) -> v1::Ask {
        let Self {
            department,
            agent,
            skills,
            channel,
            opening,
            priority_minutes,
            form,
            by_gateway,
        } = self;
        let opening = opening.map(|text| Words::text(text).into_opening());
        v1::Ask { department, opening, priority_minutes, agent, skills, channel, form, by_gateway }
    }

    /// Of this agent.
    pub fn agent(mut self, agent: impl Into<String>) -> Self {
        self.agent = agent.into();
        self
    }

    /// Of one who has this skill, besides those named before; at most 16.
    pub fn skill(mut self, skill: impl Into<String>) -> Self {
        self.skills.push(skill.into());
        self
    }

    /// Through this channel.
    pub fn channel(mut self, channel: impl Into<String>) -> Self {
        self.channel = channel.into();
        self
    }

    /// With this message, kept with the session from its first moment.
    pub fn opening(mut self, text: impl Into<String>) -> Self {
        self.opening = Some(text.into());
        self
    }

    /// With a field of the form filled in, besides those before: what `Reception.form` shows.
    pub fn form(mut self, field: impl Into<String>, value: impl Into<String>) -> Self {
        self.form.push(v1::FormAnswer { field: field.into(), value: value.into() });
        self
    }

    /// Of the gateway's own accord, as for a call back; by gateways only.
    pub fn by_gateway(mut self) -> Self {
        self.by_gateway = true;
        self
    }

    /// As if it had waited so many minutes already, at most 1,440; by gateways only.
    pub fn priority_minutes(mut self, minutes: u32) -> Self {
        self.priority_minutes = minutes;
        self
    }
}

impl From<&str> for Asking {
    fn from(department: &str) -> Self {
        Self::new(department)
    }
}

impl From<String> for Asking {
    fn from(department: String) -> Self {
        Self::new(department)
    }
}
