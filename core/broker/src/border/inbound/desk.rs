//! From the wire inward, as far as it concerns asking, duty, offers, picks and bots.

use frontdesk_desk::floor::{PostWish, Room, SignOn, When};
use frontdesk_desk::id::{AgentId, ChannelId, DepartmentId, OfferId, SkillId};
use frontdesk_desk::policy::skills::SKILLS_MAX;
use frontdesk_desk::refusal::Refusal;
use frontdesk_engine::{Ask, AskedBy, Command, SetStatus};
use frontdesk_proto::limits::{
    AGENT_DEPARTMENTS_MAX, PRIORITY_MINUTES_MAX, WATCH_ROWS_DEFAULT, WATCH_ROWS_MAX,
};
use frontdesk_proto::v1;

use super::{Caller, id, reached, reason, sixteen, some_id, some_session, status, words};
use crate::border::Refused;
use crate::token::{Bearer, Role};

/// Most skills that one request may need.
const ASK_SKILLS_MAX: usize = 16;
/// A post's tier and weight where they are 0 on the wire.
const TIER_DEFAULT: u8 = 1;
const WEIGHT_DEFAULT: u16 = 10;

pub(super) fn ask(asked: &v1::Ask, caller: &Caller) -> Result<Command, Refused> {
    let department = some_id("department", &asked.department, DepartmentId::new)?;
    match &department {
        Some(department) => reached(department, caller)?,
        None if caller.identity.departments.is_some() => {
            return Err(Refused::not_permitted(
                "department",
                "the token holds for some departments only; name one of them",
            ));
        }
        None => {}
    }
    if asked.priority_minutes != 0 && !matches!(caller.identity.bearer, Bearer::Gateway(_)) {
        return Err(Refused::not_permitted(
            "priority_minutes",
            "only a gateway gives priority; leave the field 0",
        ));
    }
    if asked.by_gateway && !matches!(caller.identity.bearer, Bearer::Gateway(_)) {
        return Err(Refused::not_permitted(
            "by_gateway",
            "only a gateway asks of its own accord; leave the field false",
        ));
    }
    let priority_minutes = match u16::try_from(asked.priority_minutes) {
        Ok(minutes) if asked.priority_minutes <= PRIORITY_MINUTES_MAX => minutes,
        _ => {
            return Err(Refused::bad_value(
                "priority_minutes",
                "a priority is at most 1,440 minutes",
            ));
        }
    };
    let opening = match &asked.opening {
        Some(opening) if !opening.session.is_empty() => {
            return Err(Refused::bad_value(
                "opening.session",
                "an opening belongs to the session asked for; leave it empty",
            ));
        }
        Some(opening)
            if opening.audience > 1 || opening.to != 0 || !opening.replaces.is_empty() =>
        {
            return Err(Refused::bad_value(
                "opening",
                "an opening is new and for everyone; leave audience, to and replaces out",
            ));
        }
        Some(opening) => Some(words(opening, caller)?),
        None => None,
    };
    Ok(Command::Ask(Ask {
        department,
        agent: some_id("agent", &asked.agent, AgentId::new)?,
        skills: skills(&asked.skills, ASK_SKILLS_MAX, "a request needs at most 16 skills")?,
        channel: some_id("channel", &asked.channel, ChannelId::new)?,
        opening,
        priority_minutes,
        form: super::service::form(&asked.form)?,
        by: if asked.by_gateway { AskedBy::Gateway } else { AskedBy::Visitor },
    }))
}

/// Whose reception is meant: one department's, or all.
pub(super) fn received_by(
    department: &str,
    caller: &Caller,
) -> Result<Option<DepartmentId>, Refused> {
    let department = some_id("department", department, DepartmentId::new)?;
    if let Some(department) = &department {
        reached(department, caller)?;
    }
    Ok(department)
}

fn skills(names: &[String], max: usize, fault: &'static str) -> Result<Vec<SkillId>, Refused> {
    if names.len() > max {
        return Err(Refused::bad_value("skills", fault));
    }
    names.iter().map(|name| id("skills", name, SkillId::new)).collect()
}

pub(super) fn sign_on(asked: &v1::SignOn, caller: &Caller) -> Result<Command, Refused> {
    if asked.departments.len() + asked.posts.len() > AGENT_DEPARTMENTS_MAX {
        return Err(Refused::bad_value(
            "departments",
            "an agent receives for at most 16 departments",
        ));
    }
    let mut posts = Vec::with_capacity(asked.departments.len() + asked.posts.len());
    for department in &asked.departments {
        posts.push(PostWish::new(id("departments", department, DepartmentId::new)?));
    }
    for post in &asked.posts {
        posts.push(wish(post)?);
    }
    for post in &posts {
        reached(&post.department, caller)?;
    }
    let capacity = u16::try_from(asked.capacity).map_err(|_| {
        Refused::bad_value("capacity", "a capacity is at most the tenant's capacity_max")
    })?;
    let skills = skills(&asked.skills, SKILLS_MAX, "an agent has at most 64 skills")?;
    Ok(Command::SignOn(SignOn { posts, skills, capacity: (capacity > 0).then_some(capacity) }))
}

fn wish(post: &v1::Post) -> Result<PostWish, Refused> {
    let tier = u8::try_from(post.tier)
        .map_err(|_| Refused::bad_value("posts.tier", "a tier lies between 1 and 9"))?;
    let order = u16::try_from(post.order)
        .map_err(|_| Refused::bad_value("posts.order", "an order is at most 65,535"))?;
    let weight = u16::try_from(post.weight)
        .map_err(|_| Refused::bad_value("posts.weight", "a weight lies between 1 and 100"))?;
    Ok(PostWish {
        department: id("posts.department", &post.department, DepartmentId::new)?,
        tier: if tier == 0 { TIER_DEFAULT } else { tier },
        order,
        weight: if weight == 0 { WEIGHT_DEFAULT } else { weight },
    })
}

pub(super) fn set_status(set: &v1::SetStatus, caller: &Caller) -> Result<Command, Refused> {
    Ok(Command::SetStatus(SetStatus {
        agent: another(&set.agent, caller)?,
        status: status(set.status)?,
        reason: reason(&set.reason)?,
        when: if set.after_sessions { When::AfterSessions } else { When::Now },
    }))
}

pub(super) fn read_work_log(read: &v1::ReadWorkLog, caller: &Caller) -> Result<Command, Refused> {
    Ok(Command::ReadWorkLog { agent: another(&read.agent, caller)? })
}

pub(super) fn pick(pick: &v1::Pick, caller: &Caller) -> Result<Command, Refused> {
    let room = room(pick.over_capacity, caller)?;
    Ok(Command::Pick { session: some_session(&pick.session)?, room })
}

/// Whether somebody who gets a session needs room for it.
pub(super) fn room(over_capacity: bool, caller: &Caller) -> Result<Room, Refused> {
    if !over_capacity {
        return Ok(Room::Needed);
    }
    supervises("over_capacity", caller)?;
    Ok(Room::Overridden)
}

pub(super) fn read_queue(read: &v1::ReadQueue, caller: &Caller) -> Result<Command, Refused> {
    let department = id("department", &read.department, DepartmentId::new)?;
    reached(&department, caller)?;
    let rows = if read.rows == 0 { WATCH_ROWS_DEFAULT } else { read.rows };
    let rows = match u16::try_from(rows) {
        Ok(window) if rows <= WATCH_ROWS_MAX => window,
        _ => return Err(Refused::bad_value("rows", "a reading has at most 200 rows")),
    };
    Ok(Command::ReadQueue { department, rows })
}

pub(super) fn offer(field: &[u8]) -> Result<OfferId, Refused> {
    if field.is_empty() {
        return Err(Refused::missing("offer"));
    }
    // Bytes that no offer can have are answered like those of an offer that isn't there.
    OfferId::from_bytes(sixteen("offer", field)?).ok_or_else(|| Refusal::OfferNotFound.into())
}

/// An agent that isn't oneself, for those who may name one.
fn another(agent: &str, caller: &Caller) -> Result<Option<AgentId>, Refused> {
    let agent = some_id("agent", agent, AgentId::new)?;
    if agent.is_some() {
        supervises("agent", caller)?;
    }
    Ok(agent)
}

/// What only those may who are set over others.
fn supervises(field: &'static str, caller: &Caller) -> Result<(), Refused> {
    match caller.identity.bearer.role() {
        Role::Supervisor | Role::Admin | Role::Gateway => Ok(()),
        Role::Visitor | Role::Agent | Role::Bot => Err(Refused::not_permitted(
            "role supervisor, admin or gateway",
            if field == "agent" {
                "only supervisors and admins do this for another agent; leave `agent` empty"
            } else {
                "only supervisors and admins go over a capacity; leave `over_capacity` false"
            },
        )),
    }
}
