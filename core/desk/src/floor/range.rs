//! The reception range: who receives a request at this moment of its waiting, and when that changes next.
//!
//! It is a function of the wish, the policy, the agents' statuses and the time waited, and is computed anew whenever one of them
//! changes; nothing of it is kept. In this order:
//!
//! 1. Whom it is meant for: the agent it names; else the department it names; else, by the site's style, all region rules that match,
//!    united, which override the style's receivers.
//! 2. An agent by name who can't be had: wait, fall back to the others, or nobody is there, as the style says.
//! 3. The agent it knew, or in whose hands it lay dormant, alone for a bounded time, if it is online and in the range.
//! 4. In each department: the tiers that are open by now, less the skills that are waived by now; and departments that it
//!    overflows to by now. Retired departments receive nobody, closed ones only those who asked while they were open.
//! 5. The style's bot.

use smallvec::SmallVec;

use super::Floor;
use super::agent::Kind;
use super::pool::{PoolKey, Tiers};
use super::request::Request;
use crate::delivery::CloseCause;
use crate::id::DepartmentNo;
use crate::policy::style::Unavailable;
use crate::policy::{DepartmentRules, Existence, Receives};
use crate::time::Now;

/// Who receives a request now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) pools: SmallVec<[PoolKey; 2]>,
    /// When it changes, in milliseconds waited.
    pub(super) changes_at_ms: Option<u64>,
    /// Why nobody receives it, if nobody does.
    pub(super) nobody: CloseCause,
}

impl Range {
    fn new() -> Self {
        Self { pools: SmallVec::new(), changes_at_ms: None, nobody: CloseCause::NobodyThere }
    }

    fn add(&mut self, key: PoolKey) {
        if !self.pools.contains(&key) {
            self.pools.push(key);
        }
    }

    fn changes(&mut self, at_ms: u64) {
        self.changes_at_ms = Some(self.changes_at_ms.map_or(at_ms, |before| before.min(at_ms)));
    }
}

impl Floor {
    /// Whether all agents of its department receive a request from the first moment on, and nobody else ever does.
    pub(super) fn is_plain(&self, request: &Request) -> bool {
        let rules = self.policy.department_at(request.home);
        let style = self.policy.style_of(request.wish.site);
        rules.plain
            && rules.existence == Existence::Present
            && request.wish.department == Some(request.home)
            && request.wish.agent.is_none()
            && request.wish.skills.is_empty()
            && request.wish.knew.is_none()
            && request.returns_to.is_none()
            && style.is.bot.is_none()
    }

    /// Who receives a request now that isn't plain.
    pub(super) fn range(&self, request: &Request, now: Now) -> Range {
        let mut range = Range::new();
        let style = self.policy.style_of(request.wish.site);
        let waited_ms = now.mono_ms.saturating_sub(request.asked.mono_ms);
        if self.meant_for_agent(request, waited_ms, &mut range) == Others::Left {
            return range;
        }
        let receives: SmallVec<[Receives; 4]> = match request.wish.department {
            Some(department) => SmallVec::from_elem(Receives::Department(department), 1),
            None => style.range(&request.wish.region).into_iter().cloned().collect(),
        };
        if self.meant_for_known(request, &receives, waited_ms, now, &mut range) == Others::Left {
            return range;
        }
        for receiver in &receives {
            match receiver {
                Receives::Department(no) => {
                    self.receive_in(*no, request, waited_ms, now, &mut range)
                }
                Receives::Agent(id) => {
                    if let Some(no) = self.agent_no(id) {
                        range.add(PoolKey::Agent(no));
                    }
                }
            }
        }
        if let Some(bot) = style.is.bot.as_ref().and_then(|bot| self.agent_no(bot)) {
            range.add(PoolKey::Agent(bot));
        }
        range
    }

    /// The agent by name. Whether others may receive it too.
    fn meant_for_agent(&self, request: &Request, waited_ms: u64, range: &mut Range) -> Others {
        let Some(id) = &request.wish.agent else { return Others::Let };
        let named = self.agent_no(id);
        let online = named.is_some_and(|no| self.agent(no).standing_now().online > 0);
        match self.policy.style_of(request.wish.site).is.unavailable {
            Unavailable::LeaveMessage if !online => Others::Left,
            Unavailable::Wait | Unavailable::LeaveMessage => match named {
                Some(no) => {
                    range.add(PoolKey::Agent(no));
                    Others::Left
                }
                // Nobody of that name ever signed on: waiting for it would be for ever.
                None => Others::Let,
            },
            Unavailable::FallBack { after_ms } => {
                let Some(no) = named else { return Others::Let };
                range.add(PoolKey::Agent(no));
                if online && waited_ms < after_ms {
                    range.changes(after_ms);
                    return Others::Left;
                }
                Others::Let
            }
        }
    }

    /// The agent that it knew, or that it goes back to. Whether others may receive it too.
    fn meant_for_known(
        &self,
        request: &Request,
        receives: &[Receives],
        waited_ms: u64,
        now: Now,
        range: &mut Range,
    ) -> Others {
        let known = match (request.returns_to, request.wish.knew) {
            (Some((agent, until)), _) => {
                let left_ms = until.saturating_sub(now.mono_ms);
                Some((agent, waited_ms + left_ms))
            }
            (None, Some(agent)) => Some((agent, self.policy.department_at(request.home).sticky_ms)),
            (None, None) => None,
        };
        let Some((agent, until_ms)) = known else { return Others::Let };
        let there = self.agent(agent);
        // A hidden bot may not receive while people are there, who would be kept waiting for it.
        let may_have = there.kind != Kind::HiddenBot && there.standing_now().online > 0;
        if waited_ms >= until_ms || !may_have {
            return Others::Let;
        }
        let in_range = receives.iter().any(|receiver| match receiver {
            Receives::Department(no) => self.agent(agent).post(*no).is_some(),
            Receives::Agent(id) => self.agent(agent).id == *id,
        });
        if !in_range {
            return Others::Let;
        }
        range.add(PoolKey::Agent(agent));
        range.changes(until_ms);
        Others::Left
    }

    fn receive_in(
        &self,
        no: DepartmentNo,
        request: &Request,
        waited_ms: u64,
        now: Now,
        range: &mut Range,
    ) {
        let home = self.policy.department_at(no);
        self.open_pool(no, home, request, waited_ms, now, range);
        for (after_ms, to) in &home.overflow {
            if waited_ms < *after_ms {
                range.changes(*after_ms);
                break;
            }
            self.open_pool(*to, self.policy.department_at(*to), request, waited_ms, now, range);
        }
    }

    fn open_pool(
        &self,
        no: DepartmentNo,
        rules: &DepartmentRules,
        request: &Request,
        waited_ms: u64,
        now: Now,
        range: &mut Range,
    ) {
        if rules.existence == Existence::Retired {
            return;
        }
        if let Some(opening) = rules.opening(now.wall_ms)
            && !opening.open
            && rules.opening(request.asked.wall_ms).is_none_or(|then| !then.open)
        {
            let opens_in_ms = opening.until_wall_ms.saturating_sub(now.wall_ms);
            range.changes(waited_ms.saturating_add(opens_in_ms.max(1)));
            range.nobody = CloseCause::OutsideHours;
            return;
        }
        let mut tiers = Tiers::ALL;
        for tier in rules.tiers.iter().filter(|tier| tier.after_ms > waited_ms) {
            tiers = tiers.without(tier.tier);
            range.changes(tier.after_ms);
        }
        let mut skills = request.wish.skills;
        for (after_ms, waived) in &rules.waived {
            if *after_ms <= waited_ms {
                skills = skills.without(*waived);
            } else if skills.without(*waived) != skills {
                range.changes(*after_ms);
                break;
            }
        }
        range.add(PoolKey::Department { no, tiers, skills });
    }

    /// Whether every person of a request's range is away, so that a hidden bot may receive it.
    pub(super) fn people_are_away(&self, request: &Request) -> bool {
        request.pools.iter().all(|pool| match self.pool(*pool).key {
            PoolKey::Department { .. } => self.pool(*pool).people == 0,
            PoolKey::Agent(no) => self.agent(no).standing.people == 0,
        })
    }
}

/// Whether others than the one that a request is meant for may receive it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Others {
    Let,
    Left,
}
