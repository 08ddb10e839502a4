//! From the wire inward, as far as it concerns links: who is attached, as what, and where it goes on.

use frontdesk_desk::id::{AgentId, SiteId, VisitorId};
use frontdesk_desk::page::Arrival;
use frontdesk_desk::role::{Reach, Role};
use frontdesk_engine::{AgentAttach, Departure, LinkToken, VisitorAttach};
use frontdesk_proto::v1;

use super::{Caller, Request, id, page, resume, rooms, sixteen};
use crate::border::Refused;
use crate::token::Bearer;

/// Most sessions that one attach may resume: the most an agent can have.
const RESUMES_MAX: usize = frontdesk_desk::policy::CAPACITY_MAX as usize;

pub(super) fn visitor(attach: v1::AttachVisitor, caller: &Caller) -> Result<Request, Refused> {
    let visitor = match &caller.identity.bearer {
        Bearer::Gateway(_) => id("visitor", &attach.visitor, VisitorId::new)?,
        Bearer::Visitor(own) if attach.visitor.is_empty() || attach.visitor == own.as_str() => {
            own.clone()
        }
        // Nobody else comes as far as here.
        _ => {
            return Err(Refused::not_permitted(
                "visitor",
                "a visitor's token attaches that visitor only; leave the field empty",
            ));
        }
    };
    let site = id("site", &attach.site, SiteId::new)?;
    let mut known = attach.arrival.unwrap_or_default();
    let page = known.page.take().map(page).transpose()?;
    let mut arrival = arrival(known)?;
    if matches!(caller.identity.bearer, Bearer::Visitor(_)) {
        arrival.address.clone_from(&caller.address);
    }
    let replaces = link_token(&attach.replaces)?;
    let resume = attach.resume.as_ref().map(resume).transpose()?;
    Ok(Request::AttachVisitor(Box::new(VisitorAttach {
        site,
        visitor,
        page,
        arrival,
        replaces,
        resume,
    })))
}

pub(super) fn agent(attach: v1::AttachAgent, caller: &Caller) -> Result<Request, Refused> {
    let agent = match &caller.identity.bearer {
        Bearer::Gateway(_) => id("agent", &attach.agent, AgentId::new)?,
        Bearer::Agent(own) | Bearer::Bot(own) | Bearer::Supervisor(own) | Bearer::Admin(own)
            if attach.agent.is_empty() || attach.agent == own.as_str() =>
        {
            own.clone()
        }
        // Nobody else comes as far as here.
        _ => {
            return Err(Refused::not_permitted(
                "agent",
                "an agent's token attaches that agent only; leave the field empty",
            ));
        }
    };
    if attach.resume.len() > RESUMES_MAX {
        return Err(Refused::bad_value("resume", "an attach resumes at most 200 sessions"));
    }
    let resume = attach.resume.iter().map(resume).collect::<Result<Vec<_>, _>>()?;
    let mut sessions: Vec<_> = resume.iter().map(|resume| resume.session.to_bytes()).collect();
    sessions.sort_unstable();
    // Each would be replayed again.
    if sessions.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Refused::bad_value("resume", "an attach resumes each session once"));
    }
    let departments = caller.identity.departments.clone();
    Ok(Request::AttachAgent(Box::new(AgentAttach {
        agent,
        role: role(attach.role, &caller.identity.bearer)?,
        reach: departments.map_or(Reach::All, Reach::Only),
        address: caller.address.as_ref().into(),
        replaces: link_token(&attach.replaces)?,
        resume,
        rooms: rooms::resumes(&attach.rooms)?,
    })))
}

/// As what an agent is attached: as its token says, and by a gateway as that says.
fn role(named: i32, bearer: &Bearer) -> Result<Role, Refused> {
    let named = v1::Role::try_from(named)
        .map_err(|_| Refused::bad_value("role", "a role is AGENT, BOT, SUPERVISOR or ADMIN"))?;
    let own = match bearer {
        Bearer::Gateway(_) if named == v1::Role::Unspecified => v1::Role::Agent,
        Bearer::Gateway(_) if named != v1::Role::Admin => named,
        other => v1::Role::from(other.role()),
    };
    if named != v1::Role::Unspecified && named != own {
        return Err(Refused::not_permitted(
            named.as_str_name().to_lowercase().replace('_', " "),
            "this token attaches nobody in that role; leave the field unspecified, or connect with a token of that role",
        ));
    }
    match own {
        v1::Role::Agent => Ok(Role::Agent),
        v1::Role::Bot => Ok(Role::Bot),
        v1::Role::Supervisor => Ok(Role::Supervisor),
        v1::Role::Admin => Ok(Role::Admin),
        v1::Role::Unspecified | v1::Role::Visitor | v1::Role::Gateway => {
            Err(Refused::bad_value("role", "an agent's link is AGENT, BOT or SUPERVISOR"))
        }
    }
}

fn arrival(known: v1::Arrival) -> Result<Arrival, Refused> {
    let arrival = Arrival {
        referrer: known.referrer.into(),
        search_engine: known.search_engine.into(),
        keyword: known.keyword.into(),
        address: known.address.into(),
        region: known.region.into(),
        language: known.language.into(),
        device: known.device.into(),
        attributes: known
            .attributes
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect(),
    };
    arrival.check()?;
    Ok(arrival)
}

pub(super) fn departure(departure: i32) -> Result<Departure, Refused> {
    match v1::Departure::try_from(departure) {
        Ok(v1::Departure::Unspecified | v1::Departure::Dropped) => Ok(Departure::Dropped),
        Ok(v1::Departure::Leaving) => Ok(Departure::Leaving),
        Err(_) => Err(Refused::bad_value("departure", "a departure is DROPPED or LEAVING")),
    }
}

fn link_token(field: &[u8]) -> Result<Option<LinkToken>, Refused> {
    if field.is_empty() { Ok(None) } else { Ok(Some(LinkToken(sixteen("replaces", field)?))) }
}
