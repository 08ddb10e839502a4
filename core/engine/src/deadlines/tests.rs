use proptest::prelude::*;

use super::*;

fn due(deadlines: &mut Deadlines, now_ms: u64) -> Vec<u32> {
    let mut due = Vec::new();
    deadlines.expire(now_ms, usize::MAX, &mut due);
    due
}

#[test]
fn a_deadline_fires_not_early_and_within_a_tick() {
    let mut deadlines = Deadlines::new();
    deadlines.insert(1_000, 7);
    let due_ms = deadlines.next_due_ms().expect("one is noted");
    assert!((1_000..1_000 + TICK_MS).contains(&due_ms));
    assert_eq!(due(&mut deadlines, due_ms - 1), []);
    assert_eq!(due(&mut deadlines, due_ms), [7]);
    assert!(deadlines.is_empty());
    assert_eq!(deadlines.next_due_ms(), None);
}

#[test]
fn deadlines_fire_by_tick_and_then_in_the_order_of_insertion() {
    let mut deadlines = Deadlines::new();
    for (at_ms, slot) in [(TICK_MS * 2, 3), (TICK_MS, 9), (TICK_MS * 2 - 5, 1), (TICK_MS, 2)] {
        deadlines.insert(at_ms, slot);
    }
    assert_eq!(due(&mut deadlines, TICK_MS * 2), [9, 2, 3, 1]);
}

#[test]
fn what_is_past_already_is_due_at_once() {
    let mut deadlines = Deadlines::new();
    deadlines.insert(5 * TICK_MS, 1);
    assert_eq!(due(&mut deadlines, 5 * TICK_MS), [1]);
    deadlines.insert(TICK_MS, 2);
    assert_eq!(due(&mut deadlines, 5 * TICK_MS), [2]);
}

#[test]
fn a_call_gives_no_more_than_asked_and_the_rest_stays_due() {
    let mut deadlines = Deadlines::new();
    (0..10).for_each(|slot| deadlines.insert(u64::from(slot / 4) * TICK_MS, slot));
    let mut given = Vec::new();
    deadlines.expire(10 * TICK_MS, 6, &mut given);
    assert_eq!(given, [0, 1, 2, 3, 4, 5]);
    assert_eq!(deadlines.len(), 4);
    assert_eq!(deadlines.next_due_ms(), Some(TICK_MS));
    deadlines.expire(10 * TICK_MS, 6, &mut given);
    assert_eq!(given, (0..10).collect::<Vec<_>>());
}

#[test]
fn the_end_of_time_is_no_trap() {
    let mut deadlines = Deadlines::new();
    deadlines.insert(u64::MAX, 1);
    assert_eq!(due(&mut deadlines, u64::MAX - TICK_MS), []);
    assert!(deadlines.next_due_ms().is_some());
}

#[test]
fn a_deadline_takes_at_most_nine_bytes_when_there_are_many() {
    let mut deadlines = Deadlines::new();
    let many = 200_000_u32;
    (0..many).for_each(|slot| deadlines.insert(u64::from(slot) * 7_919 % 60_000, slot));
    let rings: usize =
        deadlines.ticks.values().map(|slots| slots.capacity() * size_of::<u32>()).sum();
    // A node of the tree is half full at worst.
    let headers = deadlines.ticks.len() * 2 * (size_of::<u64>() + size_of::<VecDeque<u32>>());
    assert!(rings + headers <= 9 * many as usize, "{rings} + {headers} bytes for {many} deadlines");
}

proptest! {
    #[test]
    fn every_deadline_fires_once_at_its_tick(
        deadlines_ms in prop::collection::vec(0_u64..3_000, 0..80),
        step_ms in 1_u64..700,
        slots_max in 1_usize..9,
    ) {
        let mut deadlines = Deadlines::new();
        for (slot, at_ms) in (0_u32..).zip(&deadlines_ms) {
            deadlines.insert(*at_ms, slot);
        }
        let mut fired = vec![0; deadlines_ms.len()];
        let mut now_ms = 0;
        while !deadlines.is_empty() {
            let mut due = Vec::new();
            deadlines.expire(now_ms, slots_max, &mut due);
            prop_assert!(due.len() <= slots_max);
            for slot in &due {
                fired[*slot as usize] += 1;
                prop_assert!(deadlines_ms[*slot as usize] <= now_ms);
            }
            if deadlines.next_due_ms().is_some_and(|due_ms| due_ms > now_ms) {
                now_ms += step_ms;
            }
        }
        prop_assert!(fired.iter().all(|times| *times == 1));
    }
}
