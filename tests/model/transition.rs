//! What may happen in the model world. Picks are numbers of any size; the world takes them modulo what there is.

use proptest::prelude::*;

/// What a link says of where it goes on.
#[derive(Clone, Copy, Debug)]
pub enum Resume {
    Nothing,
    Seen,
    WrongEpoch,
    BeyondEnd,
}

/// Which session a command names.
#[derive(Clone, Copy, Debug)]
pub enum Which {
    Own,
    Any(u8),
    Unknown,
}

/// What is said.
#[derive(Clone, Copy, Debug)]
pub enum Say {
    New,
    Large(u8),
    Again(u8),
    ReusedId(u8),
    Whisper(u8),
    Change(u8),
    Recall(u8),
}

/// Whom an agent picks.
#[derive(Clone, Copy, Debug)]
pub enum Pick {
    Next,
    Waiting(u8),
    Any(u8),
}

/// What becomes of a policy that is to take another one's place.
#[derive(Clone, Copy, Debug)]
pub enum Replace {
    TakenOver,
    MadeFromAnother,
    Faulty,
}

#[derive(Clone, Copy, Debug)]
pub enum Transition {
    AttachVisitor {
        tenant: u8,
        name: u8,
        reader: u8,
        replaces: Option<u8>,
        resume: Resume,
        page: Page,
    },
    AttachAgent {
        tenant: u8,
        name: u8,
        reader: u8,
        replaces: Option<u8>,
        resume: Resume,
    },
    /// A live link drops or leaves; a stale one may once more.
    Detach {
        link: u8,
        leaving: bool,
        stale: bool,
    },
    /// A live link is lost and comes back at once in its own place, going on where it was.
    Resume {
        link: u8,
        reader: u8,
    },
    Ask {
        link: u8,
        department: u8,
        channel: u8,
        opening: bool,
        priority_minutes: u16,
    },
    Say {
        link: u8,
        which: Which,
        say: Say,
    },
    Preview {
        link: u8,
        which: Which,
        text: u8,
    },
    Acknowledge {
        link: u8,
        which: Which,
        delivered: u8,
        read: u8,
    },
    Close {
        link: u8,
        which: Which,
    },
    ReadMessages {
        link: u8,
        which: Which,
        from: u8,
        messages_max: u8,
    },
    /// Seldom by one who may not.
    WatchSession {
        link: u8,
        which: Which,
        seen: bool,
    },
    UnwatchSession {
        link: u8,
        which: Which,
    },
    ViewPage {
        link: u8,
        page: u8,
    },
    ReadTrail {
        link: u8,
        name: u8,
    },
    SignOn {
        link: u8,
        departments: u8,
        tier: u8,
        capacity: u8,
    },
    SetStatus {
        link: u8,
        status: u8,
        long_reason: bool,
    },
    /// An agent attaches, signs on and is online, as far as it isn't.
    GoToWork {
        tenant: u8,
        name: u8,
        reader: u8,
        departments: u8,
        tier: u8,
        capacity: u8,
    },
    SignOff {
        link: u8,
    },
    Pick {
        link: u8,
        pick: Pick,
        overrides: bool,
    },
    /// About one session, or about all.
    FinishNotes {
        link: u8,
        session: Option<u8>,
    },
    SetStatusLater {
        link: u8,
        status: u8,
    },
    /// Mostly one that stands; else one that has ended or is another's.
    AcceptOffer {
        link: u8,
        offer: u8,
    },
    DeclineOffer {
        link: u8,
        offer: u8,
    },
    /// To the bot of that name, or to the one that receives.
    HandOver {
        link: u8,
        which: Which,
        bot: Option<u8>,
    },
    TakeBack {
        link: u8,
        which: Which,
    },
    /// Another policy takes the present one's place, or is refused.
    Replace {
        tenant: u8,
        house: u8,
        how: Replace,
    },
    /// An agent invites a visitor, or forces a session on it; mostly one who has none.
    Invite {
        link: u8,
        name: u8,
        department: u8,
        forces: bool,
    },
    /// Mostly the one that is shown; else one accepted before, or none.
    AnswerInvitation {
        link: u8,
        which: u8,
        say: u8,
    },
    WithdrawInvitation {
        link: u8,
        which: u8,
    },
    AskRating {
        link: u8,
        which: Which,
    },
    Rate {
        link: u8,
        which: Which,
        score: u8,
    },
    ClearAway {
        link: u8,
        which: Which,
    },
    /// Somebody reads something, or ends a watch that it doesn't have.
    Question {
        link: u8,
        what: u8,
        which: u8,
    },
    /// Somebody is shut out, by name, by network or by one address.
    Block {
        link: u8,
        whom: u8,
        steps: u8,
    },
    Unblock {
        link: u8,
        whom: u8,
    },
    Pass {
        steps: u8,
    },
    /// All graces pass, and then more time than closed sessions stay.
    PassFar,
    WallClockJumps,
    Drain {
        reader: u8,
    },
    DrainPart {
        reader: u8,
        budget_bytes: u16,
    },
    DropReader {
        reader: u8,
    },
    StaleCommand {
        link: u8,
        kind: u8,
    },
}

#[derive(Clone, Copy, Debug)]
pub enum Page {
    None,
    Some(u8),
    UnknownSite,
}

pub fn any_transition() -> impl Strategy<Value = Transition> {
    use Transition as T;
    let resume = || prop_oneof![4 => Just(Resume::Seen), 2 => Just(Resume::Nothing), 1 => Just(Resume::WrongEpoch), 1 => Just(Resume::BeyondEnd)];
    let which = || prop_oneof![12 => Just(Which::Own), 2 => any::<u8>().prop_map(Which::Any), 1 => Just(Which::Unknown)];
    let watched = || prop_oneof![4 => Just(Which::Own), 6 => any::<u8>().prop_map(Which::Any), 1 => Just(Which::Unknown)];
    let say = prop_oneof![6 => Just(Say::New), 3 => (1..14u8).prop_map(Say::Large), 2 => any::<u8>().prop_map(Say::Again), 1 => any::<u8>().prop_map(Say::ReusedId), 2 => any::<u8>().prop_map(Say::Whisper), 2 => any::<u8>().prop_map(Say::Change), 1 => any::<u8>().prop_map(Say::Recall)];
    let page = prop_oneof![8 => any::<u8>().prop_map(Page::Some), 1 => Just(Page::None), 1 => Just(Page::UnknownSite)];
    let pick = prop_oneof![2 => Just(Pick::Next), 2 => any::<u8>().prop_map(Pick::Waiting), 1 => any::<u8>().prop_map(Pick::Any)];
    let replace = prop_oneof![8 => Just(Replace::TakenOver), 1 => Just(Replace::MadeFromAnother), 1 => Just(Replace::Faulty)];
    let replaces = || prop::option::weighted(0.3, any::<u8>());
    prop_oneof![
        8 => (any::<u8>(), any::<u8>(), any::<u8>(), replaces(), resume(), page).prop_map(|(tenant, name, reader, replaces, resume, page)| T::AttachVisitor { tenant, name, reader, replaces, resume, page }),
        4 => (any::<u8>(), any::<u8>(), any::<u8>(), replaces(), resume()).prop_map(|(tenant, name, reader, replaces, resume)| T::AttachAgent { tenant, name, reader, replaces, resume }),
        4 => (any::<u8>(), any::<bool>(), prop::bool::weighted(0.2)).prop_map(|(link, leaving, stale)| T::Detach { link, leaving, stale }),
        4 => (any::<u8>(), any::<u8>()).prop_map(|(link, reader)| T::Resume { link, reader }),
        12 => (any::<u8>(), 0..16u8, any::<u8>(), any::<bool>(), prop_oneof![3 => Just(0u16), 1 => 0..2_000u16]).prop_map(|(link, department, channel, opening, priority_minutes)| T::Ask { link, department, channel, opening, priority_minutes }),
        5 => (any::<u8>(), which(), prop::option::weighted(0.4, any::<u8>())).prop_map(|(link, which, bot)| T::HandOver { link, which, bot }),
        4 => (any::<u8>(), which()).prop_map(|(link, which)| T::TakeBack { link, which }),
        1 => (any::<u8>(), any::<u8>(), replace).prop_map(|(tenant, house, how)| T::Replace { tenant, house, how }),
        16 => (any::<u8>(), which(), say).prop_map(|(link, which, say)| T::Say { link, which, say }),
        5 => (any::<u8>(), which(), any::<u8>()).prop_map(|(link, which, text)| T::Preview { link, which, text }),
        4 => (any::<u8>(), which(), any::<u8>(), any::<u8>()).prop_map(|(link, which, delivered, read)| T::Acknowledge { link, which, delivered, read }),
        5 => (any::<u8>(), which()).prop_map(|(link, which)| T::Close { link, which }),
        2 => (any::<u8>(), which(), any::<u8>(), any::<u8>()).prop_map(|(link, which, from, messages_max)| T::ReadMessages { link, which, from, messages_max }),
        6 => (any::<u8>(), watched(), any::<bool>()).prop_map(|(link, which, seen)| T::WatchSession { link, which, seen }),
        3 => (any::<u8>(), watched()).prop_map(|(link, which)| T::UnwatchSession { link, which }),
        2 => (any::<u8>(), any::<u8>()).prop_map(|(link, page)| T::ViewPage { link, page }),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(link, name)| T::ReadTrail { link, name }),
        10 => (any::<u8>(), any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(link, departments, tier, capacity)| T::SignOn { link, departments, tier, capacity }),
        14 => (any::<u8>(), any::<u8>(), prop::bool::weighted(0.05)).prop_map(|(link, status, long_reason)| T::SetStatus { link, status, long_reason }),
        8 => (any::<u8>(), any::<u8>(), any::<u8>(), any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(tenant, name, reader, departments, tier, capacity)| T::GoToWork { tenant, name, reader, departments, tier, capacity }),
        1 => any::<u8>().prop_map(|link| T::SignOff { link }),
        8 => (any::<u8>(), any::<u8>()).prop_map(|(link, offer)| T::AcceptOffer { link, offer }),
        4 => (any::<u8>(), any::<u8>()).prop_map(|(link, offer)| T::DeclineOffer { link, offer }),
        5 => (any::<u8>(), pick, prop::bool::weighted(0.1)).prop_map(|(link, pick, overrides)| T::Pick { link, pick, overrides }),
        2 => (any::<u8>(), prop::option::of(any::<u8>())).prop_map(|(link, session)| T::FinishNotes { link, session }),
        2 => (any::<u8>(), any::<u8>()).prop_map(|(link, status)| T::SetStatusLater { link, status }),
        8 => (any::<u8>(), any::<u8>(), any::<u8>(), prop::bool::weighted(0.2)).prop_map(|(link, name, department, forces)| T::Invite { link, name, department, forces }),
        6 => (any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(link, which, say)| T::AnswerInvitation { link, which, say }),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(link, which)| T::WithdrawInvitation { link, which }),
        3 => (any::<u8>(), which()).prop_map(|(link, which)| T::AskRating { link, which }),
        5 => (any::<u8>(), which(), 0..7u8).prop_map(|(link, which, score)| T::Rate { link, which, score }),
        5 => (any::<u8>(), which()).prop_map(|(link, which)| T::ClearAway { link, which }),
        8 => (any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(link, what, which)| T::Question { link, what, which }),
        3 => (any::<u8>(), any::<u8>(), 0..64u8).prop_map(|(link, whom, steps)| T::Block { link, whom, steps }),
        2 => (any::<u8>(), any::<u8>()).prop_map(|(link, whom)| T::Unblock { link, whom }),
        6 => (0..12u8).prop_map(|steps| T::Pass { steps }),
        1 => prop_oneof![1 => Just(T::PassFar), 4 => Just(T::WallClockJumps)],
        10 => any::<u8>().prop_map(|reader| T::Drain { reader }),
        4 => (any::<u8>(), 0..20_000u16).prop_map(|(reader, budget_bytes)| T::DrainPart { reader, budget_bytes }),
        1 => any::<u8>().prop_map(|reader| T::DropReader { reader }),
        2 => (any::<u8>(), any::<u8>()).prop_map(|(link, kind)| T::StaleCommand { link, kind }),
    ]
}
