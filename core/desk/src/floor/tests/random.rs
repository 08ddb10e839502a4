//! Random days on a floor: whatever is done in whatever order, the ledger is whole after each step.

mod company;

use std::collections::{HashMap, HashSet};

use super::*;
use crate::fact::Event;
use crate::id::{ChannelId, ChannelNo, StyleId};
use crate::policy::department::{AgentLost, Join, OfferMode, Overflow, Ring, Tier};
use crate::policy::style::{Receiver, RegionRule, Unavailable};
use crate::policy::{Bot, Channel, SkillSet, Style};
use strategy::Strategy as Share;

const AGENTS: [&str; 7] = ["ann", "bob", "cid", "dee", "eve", "robo", "shadow"];
const DEPARTMENTS: [&str; 3] = ["sales", "service", "billing"];
const SHARES: [Share; 7] = [
    Share::LeastLoaded,
    Share::InOrder,
    Share::RoundRobin,
    Share::Random,
    Share::LongestIdle,
    Share::Weighted,
    Share::FillFirst,
];

/// What is done: which kind of thing, and two numbers that choose its details. So that a failing day shrinks.
type Act = (u8, u16, u16);

/// Bits of a number, one after the other.
struct Bits(u16);

impl Bits {
    fn below(&mut self, n: u16) -> u16 {
        self.0 = self.0.wrapping_mul(25_173).wrapping_add(13_849);
        (self.0 >> 5) % n
    }

    fn is(&mut self) -> bool {
        self.below(2) == 1
    }
}

fn agent_id(id: &str) -> AgentId {
    AgentId::new(id).unwrap()
}

fn department_id(id: &str) -> DepartmentId {
    DepartmentId::new(id).unwrap()
}

/// One of many policies. Departments, skills and channels come and go among them.
fn draft(version: u64, n: u16) -> Draft {
    let mut bits = Bits(n);
    let departments = &DEPARTMENTS[..2 + usize::from(bits.below(2))];
    let departments = departments.iter().map(|id| department_id(id)).collect();
    let mut draft = Draft::new(vec![SiteId::new("www").unwrap()], departments);
    draft.version = version;
    draft.agent_grace_ms = GRACE_MS;
    draft.capacity_max = 3 + bits.below(3);
    draft.capacity_default = 2;
    draft.dormant_percent = [0, 50, 100][usize::from(bits.below(3))];
    draft.assignment_gap_ms = [0, 0, 300][usize::from(bits.below(3))];
    let skills = if bits.is() { ["french", "tax"] } else { ["tax", "law"] };
    draft.skills = skills.map(|id| SkillId::new(id).unwrap()).into();
    let channel = |id: &str, weight| Channel { id: ChannelId::new(id).unwrap(), weight };
    let heavy = [150, 300][usize::from(bits.below(2))];
    draft.channels = vec![channel("mail", 25), channel("voice", heavy)];
    draft.bots = vec![
        Bot { id: agent_id("robo"), hidden: false, takes_transfers: true },
        Bot { id: agent_id("shadow"), hidden: true, takes_transfers: bits.is() },
    ];
    for department in &mut draft.departments {
        department.strategy = SHARES[usize::from(bits.below(7))];
        department.waiting_max = 6;
        department.reopen_at = bits.is().then_some(2);
        department.join = [Join::Always, Join::SignedOn, Join::Working, Join::Online]
            [usize::from(bits.below(8) / 5 * bits.below(4))];
        department.wait_max_ms = [0, 0, 4_000][usize::from(bits.below(3))];
        department.agent_sessions_max = bits.is().then_some(1 + bits.below(2));
        department.wrap_up_ms = [0, 700][usize::from(bits.below(2))];
        department.sticky_ms = [0, 900][usize::from(bits.below(2))];
        department.agent_lost = [AgentLost::Head, AgentLost::Tail][usize::from(bits.below(2))];
        department.offers.back_off_ms = 500;
        department.offers.declined_max = bits.below(3);
        department.offers.missed_max = bits.below(3);
        if bits.is() {
            let at_once = 1 + bits.below(3) as u8;
            department.offers.mode = OfferMode::Asked { timeout_ms: 1_000, at_once };
        }
        if bits.is() {
            department.tiers = vec![Tier { tier: 2, after_ms: 600 }];
        }
        if bits.is() {
            department.rings = vec![Ring { after_ms: 800, waives: Vec::new() }];
        }
    }
    if bits.is() {
        let to = department_id("service");
        draft.departments[0].overflow = vec![Overflow { after_ms: 700, to }];
    }
    let mut style = Style::new(StyleId::new("plain").unwrap(), department_id("sales"));
    style.unavailable = match bits.below(3) {
        0 => Unavailable::Wait,
        1 => Unavailable::FallBack { after_ms: 400 },
        _ => Unavailable::LeaveMessage,
    };
    style.receivers =
        vec![Receiver::Department(department_id("service")), Receiver::Agent(agent_id("eve"))];
    let receivers =
        vec![Receiver::Department(department_id("sales")), Receiver::Agent(agent_id("dee"))];
    style.regions = vec![RegionRule { regions: vec!["north".into()], receivers }];
    style.bot = [None, Some("robo"), Some("shadow")][usize::from(bits.below(3))].map(agent_id);
    draft.styles = vec![style];
    draft.terms.transfers_max = [1, 3, 10][usize::from(bits.below(3))];
    if bits.is() {
        draft.departments[0].colleagues = vec![department_id("service")];
    }
    draft
}

/// A day with what a session would answer, and the parts in offers that haven't ended.
struct Day {
    world: World,
    open: Vec<usize>,
    dormant: HashSet<usize>,
    links: u32,
    parts: HashMap<(OfferId, AgentId), bool>,
}

impl Day {
    fn new(n: u16) -> Self {
        let world = World::with(|start| *start = draft(1, n));
        let (open, dormant) = (Vec::new(), HashSet::new());
        Self { world, open, dormant, links: 0, parts: HashMap::new() }
    }

    fn agent(&mut self, n: u16) -> AgentNo {
        let id = agent_id(AGENTS[usize::from(n) % AGENTS.len()]);
        match self.world.floor.agent_no(&id) {
            Some(no) => no,
            None => self.attach(&id),
        }
    }

    fn attach(&mut self, id: &AgentId) -> AgentNo {
        self.links += 1;
        let (now, fx) = (at(self.world.ms), &mut self.world.fx);
        match self.world.floor.link_up(id, link(self.links), None, &[], now, fx) {
            Ok(no) => no,
            Err(_) => self.world.floor.agent_no(id).unwrap(),
        }
    }

    fn open(&self, n: u16) -> Option<usize> {
        self.open.get(usize::from(n) % self.open.len().max(1)).copied()
    }

    fn act(&mut self, (kind, a, b): Act) {
        let mut bits = Bits(b);
        match kind % 26 {
            0 | 1 => {
                self.attach(&agent_id(AGENTS[usize::from(a) % AGENTS.len()]));
            }
            2 => {
                let no = self.agent(a);
                let links = self.world.floor.agent(no).links().to_vec();
                if let Some(link) = links.first() {
                    let (now, fx) = (at(self.world.ms), &mut self.world.fx);
                    self.world.floor.link_down(no, *link, now, fx);
                }
            }
            3..=5 => self.start(a, &mut bits),
            6 => self.status(a, &mut bits),
            7 => {
                let no = self.agent(a);
                let (now, fx) = (at(self.world.ms), &mut self.world.fx);
                let _ = self.world.floor.sign_off(no, "".into(), now, fx);
            }
            8..=11 => self.ask(a, &mut bits),
            12 | 13 => self.answer(a, bits.below(3)),
            14 => {
                let no = self.agent(a);
                let chosen = self.open(b).filter(|_| bits.is()).map(|n| self.world.sessions[n]);
                let room = [Room::Needed, Room::Overridden][usize::from(bits.below(2))];
                let (now, fx) = (at(self.world.ms), &mut self.world.fx);
                let _ = self.world.floor.pick(no, chosen, room, now, fx);
            }
            15 => {
                if let Some(session) = self.open(a) {
                    self.open.retain(|other| *other != session);
                    self.world.end(session);
                }
            }
            16 => self.hand(a, &mut bits),
            17 => self.rest(a),
            18 => {
                let until = self.world.ms + 1 + u64::from(a % 1_500);
                self.pass(until);
            }
            19..=21 => self.turn_to_colleagues(a, &mut bits),
            22 | 23 => self.move_among_guests(a, &mut bits),
            24 => self.supervise(a, &mut bits),
            _ => self.change(a, &mut bits),
        }
        self.answer_steps();
        self.check();
    }

    fn pass(&mut self, until: u64) {
        while let Some(due) = self.world.floor.deadline().filter(|due| *due <= until) {
            self.world.ms = self.world.ms.max(due);
            let now = at(self.world.ms);
            self.world.floor.expire(now, &mut self.world.fx);
            self.answer_steps();
            self.check();
        }
        self.world.ms = until;
    }

    /// An agent comes and works, or works for something else.
    fn start(&mut self, a: u16, bits: &mut Bits) {
        let no = self.agent(a);
        if self.world.floor.agent(no).links().is_empty() {
            let id = self.world.floor.agent(no).id().clone();
            self.attach(&id);
        }
        let mut posts = Vec::new();
        for id in DEPARTMENTS {
            if bits.below(3) > 0 {
                let mut post = PostWish::new(department_id(id));
                post.tier = 1 + bits.below(2) as u8;
                (post.order, post.weight) = (bits.below(4), 1 + bits.below(9));
                posts.push(post);
            }
        }
        let skills = ["french", "tax", "law"].map(|id| SkillId::new(id).unwrap());
        let skills = skills.into_iter().filter(|_| bits.below(4) == 0).collect();
        let sign_on = SignOn { posts, skills, capacity: Some(1 + bits.below(3)) };
        let (now, fx) = (at(self.world.ms), &mut self.world.fx);
        let _ = self.world.floor.sign_on(no, sign_on, now, fx);
        let _ = self.world.status(no, Status::Online);
    }

    fn status(&mut self, a: u16, bits: &mut Bits) {
        let no = self.agent(a);
        let status = [Status::Online, Status::Busy, Status::Away][usize::from(bits.below(3))];
        let when = [When::Now, When::AfterSessions][usize::from(bits.below(2))];
        let (now, fx) = (at(self.world.ms), &mut self.world.fx);
        let _ = self.world.floor.set_status(no, status, "".into(), when, now, fx);
    }

    fn ask(&mut self, a: u16, bits: &mut Bits) {
        let named = agent_id(AGENTS[usize::from(a) % AGENTS.len()]);
        let known = self.agent(a);
        let present = self.world.floor.policy().skills_present();
        let home = DepartmentNo(bits.below(2));
        let asked = self.world.wish(home, |wish| {
            wish.priority_ms = [0, 0, 2_000][usize::from(bits.below(3))];
            wish.channel = ChannelNo(bits.below(3) as u8);
            if bits.below(3) == 0 {
                wish.skills = SkillSet(u64::from(bits.below(8)) & present.0);
            }
            wish.agent = (bits.below(4) == 0).then_some(named);
            wish.knew = (bits.below(4) == 0).then_some(known);
            if bits.is() {
                wish.department = None;
                wish.region = ["", "north", "south"][usize::from(bits.below(3))].into();
            }
        });
        self.open.push(asked);
    }

    fn answer(&mut self, a: u16, how: u16) {
        let mut live: Vec<_> = self.parts.keys().cloned().collect();
        live.sort_unstable();
        if live.is_empty() {
            return;
        }
        let (offer, agent) = live[usize::from(a) % live.len()].clone();
        let no = self.world.floor.agent_no(&agent).unwrap();
        let (now, fx) = (at(self.world.ms), &mut self.world.fx);
        if how == 0 {
            self.world.floor.decline_offer(no, offer, now, fx).unwrap();
        } else {
            let session = self.world.floor.accept_offer(no, offer, now, fx).unwrap();
            assert!(self.world.floor.takes_part(no, session), "it has it, or is a guest of it");
            assert_eq!(self.world.floor.accept_offer(no, offer, now, fx), Ok(session));
        }
    }

    /// A session is handed to a bot, or taken back from it.
    fn hand(&mut self, a: u16, bits: &mut Bits) {
        let Some(session) = self.open(a) else { return };
        let session = self.world.sessions[session];
        let Some(holder) = self.world.floor.holder(session) else { return };
        let (now, fx) = (at(self.world.ms), &mut self.world.fx);
        if bits.is() {
            let bot = agent_id(["robo", "shadow"][usize::from(bits.below(2))]);
            let _ = self.world.floor.hand_over(holder, session, Some(&bot), now, fx);
        } else {
            let agents = self.world.floor.agents();
            let by = agents.iter().find(|agent| agent.seats().contains(&session));
            if let Some(no) = by.map(|agent| self.world.floor.agent_no(agent.id()).unwrap()) {
                let room = [Room::Needed, Room::Overridden][usize::from(bits.below(2))];
                let _ = self.world.floor.take_back(no, session, room, now, fx);
            }
        }
    }

    /// A session lies still, or goes on.
    fn rest(&mut self, a: u16) {
        let Some(session) = self.open(a) else { return };
        let id = self.world.sessions[session];
        if self.dormant.insert(session) {
            self.world.step(FloorStep::Dormant(id));
        } else {
            self.dormant.remove(&session);
            self.world.step(FloorStep::Awake(id));
        }
    }

    fn change(&mut self, a: u16, bits: &mut Bits) {
        let (now, fx) = (at(self.world.ms), &mut self.world.fx);
        if bits.is() {
            let no = AgentNo(u32::from(a) % (self.world.floor.agents().len() as u32));
            self.world.floor.finish_notes(no, None, now, fx).unwrap();
            return;
        }
        let before = self.world.floor.policy().clone();
        let next = draft(before.version + 1, a);
        self.world.floor.replace_policy(Arc::new(before.succeed(next).unwrap()), None, now, fx);
    }

    /// Does what sessions do when they are told: one that was refused ends. And notes how offers go.
    fn answer_steps(&mut self) {
        while !self.world.fx.is_empty() {
            let fx = std::mem::take(&mut self.world.fx);
            for fact in fx.facts {
                match fact.event {
                    Event::OfferMade { offer, agent, .. } => {
                        let before = self.parts.insert((offer, agent), true);
                        assert_eq!(before, None, "an agent is asked twice by one offer");
                    }
                    Event::OfferEnded { offer, agent, .. } => {
                        let ended = self.parts.remove(&(offer, agent));
                        assert_eq!(ended, Some(true), "a part ends once");
                    }
                    _ => {}
                }
            }
            for crossing in fx.crossings {
                let Crossing::ToSession(id, SessionStep::Refused(_)) = crossing else { continue };
                let at = self.world.sessions.iter().position(|other| *other == id).unwrap();
                self.open.retain(|other| *other != at);
                self.world.step(FloorStep::Ended(id));
            }
        }
    }

    fn check(&self) {
        self.world.whole();
        let floor = &self.world.floor;
        assert_eq!(floor.sessions().count(), self.open.len(), "each is somewhere until it ends");
        let asked = floor.agents().iter().map(|agent| agent.offered.len()).sum::<usize>();
        assert_eq!(asked, self.parts.len(), "who is asked was told, and who isn't was told too");
        for agent in floor.agents() {
            let works = agent.status() != Status::Offline;
            assert!(works || agent.load() == 0, "{} has something while offline", agent.id());
        }
        let after = floor.deadline().is_none_or(|due| due > self.world.ms);
        assert!(after || floor.deadline() == Some(self.world.ms), "nothing is overdue");
    }

    /// All go home: nothing is left behind.
    fn close(&mut self) {
        for session in self.open.clone() {
            self.open.retain(|other| *other != session);
            self.world.end(session);
            self.answer_steps();
        }
        self.pass(self.world.ms + 1_000_000);
        let counts = self.world.floor.counts();
        assert_eq!((counts.waiting, counts.offered, counts.held), (0, 0, 0));
        for agent in self.world.floor.agents() {
            assert_eq!(
                (agent.load(), agent.above),
                (0, 0),
                "{} gave all its room back",
                agent.id()
            );
            assert!(agent.seats().is_empty() && agent.offered.is_empty());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_ledger_is_whole_whatever_happens_in_whatever_order(
        policy in any::<u16>(),
        acts in prop::collection::vec(any::<Act>(), 1..=300),
    ) {
        let mut day = Day::new(policy);
        for act in acts {
            day.act(act);
        }
        day.close();
    }
}
