//! Policies as documents, one taking another one's place, and the bots that a policy names.

use frontdesk_desk::floor::strategy::Strategy;
use frontdesk_desk::id::{ChannelId, StyleId};
use frontdesk_desk::policy::department::{Department, OfferMode, Overflow, Tier};
use frontdesk_desk::policy::terms::{ServiceLevel, Terms};
use frontdesk_desk::policy::{Bot, Channel, Style};
use frontdesk_engine::NotReplaced;

use super::*;
use crate::reference::{Order, Rules};
use crate::transition::Replace;

pub(super) fn channel(no: usize) -> Option<ChannelId> {
    ["", "phone", "mail"]
        .get(no)
        .filter(|name| !name.is_empty())
        .map(|name| ChannelId::new(name).unwrap())
}

fn agent_id(name: usize) -> AgentId {
    AgentId::new(&format!("a{name}")).unwrap()
}

/// A policy as a document.
pub(super) fn draft(tenant: usize, house: &House) -> Draft {
    let departments = house.departments.iter().map(|(no, _)| department(*no)).collect();
    let mut draft = Draft::new(vec![site()], departments);
    for (is, (no, rules)) in draft.departments.iter_mut().zip(&house.departments) {
        rule(is, rules);
        let to = house.overflow(*no).map(department);
        let after_ms = rules.overflows_ms;
        is.overflow = to.map(|to| Overflow { after_ms, to }).into_iter().collect();
    }
    // A session without a channel weighs one session, whatever the policy.
    let weights = house.weights.iter().zip(0..).skip(1);
    draft.channels =
        weights.map(|(weight, no)| Channel { id: channel(no).unwrap(), weight: *weight }).collect();
    draft.dormant_percent = house.dormant_percent;
    draft.bots = house
        .bots
        .iter()
        .map(|bot| Bot {
            id: agent_id(bot.name),
            hidden: bot.hidden,
            takes_transfers: bot.takes_transfers,
        })
        .collect();
    let mut style = Style::new(StyleId::new("plain").unwrap(), draft.departments[0].id.clone());
    style.bot = house.receives.map(agent_id);
    draft.styles = vec![style];
    draft.invitations.shown_ms = reference::INVITATION_MS;
    draft.invitations.pause_ms = reference::INVITATION_MS / 5;
    draft.visitor_grace_ms = reference::VISITOR_GRACE_MS;
    draft.agent_grace_ms = reference::AGENT_GRACE_MS;
    (draft.capacity_default, draft.capacity_max) = house.capacity;
    draft.visitors_max = reference::VISITORS_MAX as u64;
    draft.agents_max = (reference::AGENTS_MAX + 1 + house.bots.len()) as u32;
    draft.previews = if tenant == 0 { Previews::Shown } else { Previews::Off };
    draft
}

/// Gives a department its rules.
fn rule(department: &mut Department, rules: &Rules) {
    department.waiting_max = rules.waiting.0 as u32;
    department.reopen_at = Some(rules.waiting.1 as u32);
    let (timeout_ms, at_once) = rules.asked;
    let offers = &mut department.offers;
    if timeout_ms > 0 {
        offers.mode = OfferMode::Asked { timeout_ms, at_once };
    }
    (offers.declined_max, offers.missed_max) = rules.misses_max;
    offers.back_off_ms = rules.back_off_ms;
    department.strategy = match rules.order {
        Order::LeastLoaded => Strategy::LeastLoaded,
        Order::RoundRobin => Strategy::RoundRobin,
        Order::LongestIdle => Strategy::LongestIdle,
        Order::FillFirst => Strategy::FillFirst,
        Order::AsSignedOn => Strategy::InOrder,
    };
    department.wrap_up_ms = rules.notes_ms;
    department.dormant_after_ms = rules.dormant_ms;
    // Nothing else happens by itself with time in a session.
    let service = ServiceLevel { first_reply_ms: 0, reply_ms: 0, warn_before_ms: 0 };
    let word = |word: &str| if rules.has_words { word.into() } else { Box::default() };
    let mut terms =
        Terms { idle_warning_ms: 0, idle_close_ms: rules.idle_ms, service, ..Terms::default() };
    terms.words.greeting = word("hello");
    (terms.words.all_busy, terms.words.nobody_there) = (word("wait"), word("wait"));
    terms.words.farewell = word("bye");
    terms.rating.at_end = rules.asks_at_end;
    department.terms = Some(Box::new(terms));
    if rules.second_tier_ms > 0 {
        department.tiers = vec![Tier { tier: 2, after_ms: rules.second_tier_ms }];
    }
}

impl World {
    pub(super) fn replace(&mut self, tenant: usize, house: usize, how: Replace) -> Outcome {
        let house = self.houses[tenant][house % 4].clone();
        let version = self.reference.tenants[tenant].version;
        let mut draft = draft(tenant, &house);
        let (made_from, expected) = match how {
            Replace::TakenOver => (version, None),
            Replace::MadeFromAnother => {
                (version + 1, Some(NotReplaced::Outdated { present: version }))
            }
            Replace::Faulty => {
                draft.departments[1].waiting_max = 0;
                (version, Some(NotReplaced::Faults(Policy::new(draft.clone()).unwrap_err())))
            }
        };
        let tenant_no = TenantNo(tenant as u32);
        let answer = self.engine.replace_policy(tenant_no, draft, Some(made_from), self.now);
        let answer = answer.map(|replaced| replaced.version);
        self.trace(|| format!("replaced {answer:?}"));
        self.count(match expected {
            None => "policies replaced",
            Some(NotReplaced::Outdated { .. }) => "policies made from another one",
            Some(_) => "faulty policies",
        });
        let expected = expected.map_or(Ok(version + 1), Err);
        if answer != expected {
            return Err(format!("a policy: the engine answers {answer:?}, not {expected:?}"));
        }
        if answer.is_ok() {
            self.reference.replace(tenant, house);
        }
        Ok(())
    }

    /// One who has a session that can be handed over, or taken back; seldom anybody.
    fn pick_agent(
        &self,
        pick: u8,
        fits: impl Fn(usize, usize) -> Vec<usize>,
    ) -> Option<(usize, Option<SessionId>)> {
        let attached = (0..self.clients.len()).filter(|no| self.clients[*no].attached);
        let own = attached.flat_map(|client| {
            let own = self.agent(client).map(|(tenant, no)| fits(tenant, no));
            own.unwrap_or_default().into_iter().map(move |at| (client, at))
        });
        let own: Vec<_> = own.collect();
        if own.is_empty() || pick >= 220 {
            return self.pick_kind(pick, true).map(|client| (client, None));
        }
        let (client, at) = own[usize::from(pick) % own.len()];
        Some((client, Some(self.reference.sessions[at].id)))
    }

    pub(super) fn hand_over(&mut self, link: u8, which: Which, bot: Option<u8>) -> Outcome {
        let held = |tenant: usize, no| {
            // Where there are bots.
            let is_any = !self.reference.tenants[tenant].house.bots.is_empty();
            if is_any { self.reference.held(tenant, no) } else { vec![] }
        };
        let Some((client, own)) = self.pick_agent(link, held) else { return Ok(()) };
        let session = own.unwrap_or_else(|| self.which(client, link, which));
        let name = bot.map(|bot| usize::from(bot) % NAMES);
        let tenant = self.clients[client].tenant;
        let bots = self.reference.tenants[tenant].house.receives.or(name);
        // Mostly there is one that takes it.
        if let Some(name) = bots.filter(|name| own.is_some() && reference::BOTS.contains(name))
            && !link.is_multiple_of(4)
        {
            self.go_to_work((tenant, name), link, link, 0, link.rotate_left(3))?;
        }
        let command = Command::HandOver { session, bot: name.map(agent_id) };
        let answer = self.submit(client, command);
        let expected = self
            .agent(client)
            .and_then(|(tenant, agent)| self.reference.hand_over(tenant, agent, session, name));
        self.same("hand-overs", answer, expected.map(|name| Reply::HandedTo(agent_id(name))))
    }

    pub(super) fn take_back(&mut self, link: u8, which: Which) -> Outcome {
        let handed = |tenant, no| self.reference.handed(tenant, no);
        let Some((client, own)) = self.pick_agent(link, handed) else { return Ok(()) };
        let session = own.unwrap_or_else(|| self.which(client, link, which));
        let answer = self.submit(client, Command::TakeBack { session });
        let expected = self
            .agent(client)
            .and_then(|(tenant, agent)| self.reference.take_back(tenant, agent, session));
        self.same("sessions taken back", answer, expected.map(|()| Reply::Done))
    }
}
