//! The watches that a link has begun, so that they can be begun again after an interruption.

use frontdesk_proto::v1::command::Command;

/// The commands that began watches, at most one of each kind.
#[derive(Debug, Default)]
pub(super) struct Watches {
    begun: Vec<Command>,
}

impl Watches {
    /// A watch has begun, in the place of one of its kind.
    pub(super) fn begin(&mut self, watch: &Command) {
        self.forget(watch);
        self.begun.push(watch.clone());
    }

    /// A watch has ended, as this has asked for.
    pub(super) fn end(&mut self, unwatch: &Command) {
        self.begun.retain(|begun| !ends(unwatch, begun));
    }

    /// The watches that are to be begun again, where these commands are on their way.
    pub(super) fn again<'a>(
        &self,
        pending: impl Iterator<Item = &'a Command> + Clone,
    ) -> Vec<Command> {
        let settled = |begun: &&Command| {
            !pending.clone().any(|command| is_like(command, begun) || ends(command, begun))
        };
        self.begun.iter().filter(settled).cloned().collect()
    }

    fn forget(&mut self, watch: &Command) {
        self.begun.retain(|begun| !is_like(begun, watch));
    }
}

/// Whether two commands are of the same kind.
fn is_like(one: &Command, other: &Command) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

/// Whether a command ends a watch that was begun.
fn ends(unwatch: &Command, begun: &Command) -> bool {
    matches!(
        (unwatch, begun),
        (Command::Unwatch(_), Command::WatchVisitors(_))
            | (Command::UnwatchFloor(_), Command::WatchFloor(_))
            | (Command::UnwatchQueues(_), Command::WatchQueues(_))
            | (Command::UnwatchReception(_), Command::WatchReception(_))
    )
}
