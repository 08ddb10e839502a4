//! By what policy a tenant shares out visitors: a few kinds, one drawn for each case, and what may take its place later.

/// A department's rules.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    pub order: Order,
    /// How many may wait, and at how many a full queue takes newcomers again.
    pub waiting: (usize, usize),
    /// How long agents are asked, and how many at once; 0 for not at all.
    pub asked: (u64, u8),
    /// Offers declined, and offers let pass, in a row before the agent is away.
    pub misses_max: (u16, u16),
    /// How long an agent isn't asked again.
    pub back_off_ms: u64,
    /// How long the room stays taken after a session, for notes.
    pub notes_ms: u64,
    /// When the second tier opens.
    pub second_tier_ms: u64,
    /// When the other department receives too; 0 for never.
    pub overflows_ms: u64,
    /// After how long without a word of its visitor a session lies dormant; 0 for never.
    pub dormant_ms: u64,
    /// After how long without a word of its visitor a session ends; 0 for never. Not where one lies dormant: the two would come at once.
    pub idle_ms: u64,
    /// Whether a greeting, a word to those who wait and a farewell are said by themselves.
    pub has_words: bool,
    /// Whether visitors are asked to rate at the end.
    pub asks_at_end: bool,
}

/// Who of those who are free is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    LeastLoaded,
    RoundRobin,
    LongestIdle,
    FillFirst,
    AsSignedOn,
}

/// An agent that is a program: which name, and what it does.
#[derive(Clone, Copy, Debug)]
pub struct Bot {
    pub name: usize,
    pub hidden: bool,
    pub takes_transfers: bool,
}

/// A tenant's policy.
#[derive(Clone, Debug)]
pub struct House {
    /// The departments that there are. The first one is the home of those whose own is gone.
    pub departments: Vec<(usize, Rules)>,
    /// The capacity of who names none, and the most that one may name.
    pub capacity: (u16, u16),
    /// What a session weighs in hundredths, by channel; the first one has no name.
    pub weights: [u32; 3],
    /// What is left of that while it lies dormant.
    pub dormant_percent: u32,
    pub bots: Vec<Bot>,
    /// The bot that receives besides the department.
    pub receives: Option<usize>,
}

impl House {
    pub fn rules(&self, department: usize) -> Option<Rules> {
        self.departments.iter().find(|(no, _)| *no == department).map(|(_, rules)| *rules)
    }
    /// The department that receives too once its time has come.
    pub fn overflow(&self, department: usize) -> Option<usize> {
        self.rules(department).filter(|rules| rules.overflows_ms > 0)?;
        self.departments.iter().map(|(no, _)| *no).find(|no| *no != department)
    }
    pub fn bot(&self, name: usize) -> Option<Bot> {
        self.bots.iter().find(|bot| bot.name == name).copied()
    }
}

/// A kind of tenant.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Least loaded first, and nobody is asked.
    Plain,
    /// One department asks two agents at once, the other one three.
    Asked,
    /// In turn, with time for notes; one department asks.
    InTurn,
    /// The second tier opens with time; one department asks.
    Tiers,
    /// One bot receives like an agent, another one hides; sessions lie dormant.
    Bots,
    /// Channels of three weights; sessions that lie dormant weigh half.
    Weighed,
    /// Who waits for long is received by the other department too, which shares out by another rule; the second one has tiers.
    Overflows,
}

/// The names of the bots.
pub const BOTS: [usize; 2] = [4, 5];

impl Kind {
    /// The kinds of the first tenant, where typing is shown, and of the second one.
    pub const DRAWN: [[Self; 7]; 2] = [
        [
            Self::Plain,
            Self::Bots,
            Self::Weighed,
            Self::Bots,
            Self::Overflows,
            Self::Plain,
            Self::Asked,
        ],
        [
            Self::Asked,
            Self::InTurn,
            Self::Tiers,
            Self::Weighed,
            Self::Bots,
            Self::Overflows,
            Self::InTurn,
        ],
    ];

    /// The policy that it begins with, and those that may take its place.
    pub fn houses(self) -> [House; 4] {
        let [first, second] = self.rules();
        let (bots, receives) = match self {
            Self::Bots => {
                let [open, hidden] =
                    BOTS.map(|name| Bot { name, hidden: name == BOTS[1], takes_transfers: true });
                (vec![open, hidden], Some(BOTS[0]))
            }
            _ => (vec![], None),
        };
        let weights = if matches!(self, Self::Weighed) { [100, 200, 50] } else { [100, 100, 100] };
        let dormant_percent = if matches!(self, Self::Weighed) { 50 } else { 0 };
        let house = House {
            departments: vec![(0, first), (1, second)],
            capacity: (2, 4),
            weights,
            dormant_percent,
            bots,
            receives,
        };
        // Others are asked, fewer may wait, and each agent takes less.
        let narrow =
            Rules { waiting: (1, 0), order: Order::FillFirst, asked: second.asked, ..first };
        let other = Rules { order: Order::LongestIdle, asked: first.asked, ..second };
        let narrower = House {
            departments: vec![(0, narrow), (1, other)],
            capacity: (1, 2),
            weights: [weights[0], weights[1] * 3 / 4, weights[0]],
            ..house.clone()
        };
        // The second department gives way to a third one.
        let wide = Rules { waiting: (3, 1), ..first };
        let moved = House {
            departments: vec![(0, second), (2, wide)],
            capacity: (3, 4),
            weights: [weights[0], weights[2], weights[1]],
            ..house.clone()
        };
        // The first one is gone, and with it everybody's home.
        let in_order = Rules { order: Order::AsSignedOn, notes_ms: 400, ..first };
        let homeless = House {
            departments: vec![(2, in_order), (1, second)],
            dormant_percent: 0,
            receives: house.receives.map(|_| BOTS[1]),
            ..house.clone()
        };
        [house, narrower, moved, homeless]
    }

    fn rules(self) -> [Rules; 2] {
        let plain = Rules {
            order: Order::LeastLoaded,
            waiting: (2, 1),
            asked: (0, 0),
            misses_max: (3, 3),
            back_off_ms: 30_000,
            notes_ms: 0,
            second_tier_ms: 0,
            overflows_ms: 0,
            dormant_ms: 0,
            idle_ms: 0,
            has_words: false,
            asks_at_end: false,
        };
        let two = Rules { asked: (4_000, 2), misses_max: (2, 3), back_off_ms: 1_500, ..plain };
        let one = Rules { asked: (3_000, 3), misses_max: (0, 2), back_off_ms: 900, ..plain };
        let in_turn = Order::RoundRobin;
        let dormant_ms = 900;
        let idle_ms = 1_400;
        match self {
            Self::Plain => [plain; 2],
            Self::Asked => [Rules { idle_ms, has_words: true, ..two }, Rules { idle_ms, ..one }],
            Self::InTurn => [
                Rules {
                    order: in_turn,
                    notes_ms: 800,
                    has_words: true,
                    asks_at_end: true,
                    ..plain
                },
                Rules { order: in_turn, notes_ms: 1_300, ..two },
            ],
            Self::Tiers => [
                Rules { second_tier_ms: 1_000, ..plain },
                Rules { second_tier_ms: 600, notes_ms: 500, ..one },
            ],
            Self::Bots => [
                Rules { notes_ms: 300, dormant_ms, ..plain },
                Rules { order: in_turn, dormant_ms, ..two },
            ],
            Self::Overflows => [
                Rules { waiting: (3, 1), overflows_ms: 800, idle_ms, asks_at_end: true, ..plain },
                Rules { order: in_turn, second_tier_ms: 1_100, ..two },
            ],
            Self::Weighed => [
                Rules { waiting: (3, 1), dormant_ms, ..plain },
                Rules { notes_ms: 300, dormant_ms, ..two },
            ],
        }
    }
}
