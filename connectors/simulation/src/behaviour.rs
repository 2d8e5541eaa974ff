//! The behaviours of teams that reports stumble over, and how often a simulation showed each.

use std::collections::BTreeMap;

macro_rules! behaviours {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)*) => {
        /// A behaviour worth counting.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Behaviour { $($(#[$doc])* $name,)* }

        impl Behaviour {
            pub(crate) const ALL: &[Self] = &[$(Self::$name,)*];

            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

behaviours! {
    PlannedIn => "planned_in",
    AddedSecondBeforeStart => "added_second_before_start",
    AddedAtStart => "added_at_start",
    AddedMillisecondAfterStart => "added_millisecond_after_start",
    AddedAfterStart => "added_after_start",
    RemovedBeforeStart => "removed_before_start",
    Removed => "removed",
    RemovedDone => "removed_done",
    RemovedAtStart => "removed_at_start",
    RemovedMillisecondAfterStart => "removed_millisecond_after_start",
    Readded => "readded",
    ReaddedReestimated => "readded_reestimated",
    ReaddedDone => "readded_done",
    MovedToParallelSprint => "moved_to_parallel_sprint",
    ReestimatedBeforeStart => "reestimated_before_start",
    ReestimatedAtStart => "reestimated_at_start",
    ReestimatedMillisecondAfterStart => "reestimated_millisecond_after_start",
    Reestimated => "reestimated",
    ReestimatedDone => "reestimated_done",
    ReestimatedAfterClose => "reestimated_after_close",
    EstimateSet => "estimate_set",
    EstimateCleared => "estimate_cleared",
    FractionalEstimate => "fractional_estimate",
    TypedEstimate => "typed_estimate",
    TypedThousand => "typed_thousand",
    Unestimated => "unestimated",
    CarriedOver => "carried_over",
    CarriedThrice => "carried_thrice",
    BacklogAtClose => "backlog_at_close",
    Reopened => "reopened",
    DoneBeforeStart => "done_before_start",
    DoneAtStart => "done_at_start",
    ReopenedEarlierDone => "reopened_earlier_done",
    DoneOutside => "done_outside",
    ReopenedDoneOutside => "reopened_done_outside",
    CreatedInSprint => "created_in_sprint",
    DoneAfterPlannedEnd => "done_after_planned_end",
    DoneAtClose => "done_at_close",
    DoneMillisecondAfterClose => "done_millisecond_after_close",
    DoneAfterClose => "done_after_close",
    SubTaskCreated => "sub_task_created",
    SubTaskWithPoints => "sub_task_with_points",
    BecameSubTask => "became_sub_task",
    BecameStoryAgain => "became_story_again",
    EpicInSprint => "epic_in_sprint",
    KeyMoved => "key_moved",
    DeletedInSprint => "deleted_in_sprint",
    DeletedAfterClose => "deleted_after_close",
    StatusUnmapped => "status_unmapped",
    StatusMappedAgain => "status_mapped_again",
    UnmappedAtClose => "unmapped_at_close",
    /// Category done, yet not in the last column.
    VerifiedAtClose => "verified_at_close",
    Abandoned => "abandoned",
    Released => "released",
    DisciplineChanged => "discipline_changed",
    SameMillisecond => "same_millisecond",
    SeveralItems => "several_items",
    EmptySprint => "empty_sprint",
    WeekendStart => "weekend_start",
    LateStart => "late_start",
    ExactClose => "exact_close",
    LateClose => "late_close",
    EarlyClose => "early_close",
    FutureSprint => "future_sprint",
    MarkupTitle => "markup_title",
    ForeignTitle => "foreign_title",
    LongTitle => "long_title",
    AddedSameDay => "added_same_day",
    AddedAndRemoved => "added_and_removed",
    DoneSameDayAfterClose => "done_same_day_after_close",
    UndoneAtClose => "undone_at_close",
    UndoneEarlierDoneAtClose => "undone_earlier_done_at_close",
    SubTaskWithPointsInSprint => "sub_task_with_points_in_sprint",
    Hidden => "hidden",
    ColumnsChanged => "columns_changed",
    EstimationChanged => "estimation_changed",
    StartEdited => "start_edited",
    SprintReopened => "sprint_reopened",
    RemovedAtReopening => "removed_at_reopening",
    BackAtReopening => "back_at_reopening",
    SprintDeleted => "sprint_deleted",
    ShownElsewhere => "shown_elsewhere",
    LineRepeated => "line_repeated",
    LineOutdated => "line_outdated",
    ObservationOutOfOrder => "observation_out_of_order",
    ManyChanges => "many_changes",
    VeryManyChanges => "very_many_changes",
    Corrected => "corrected",
    BrokenChain => "broken_chain",
    ItemsAsText => "items_as_text",
    SprintsAsText => "sprints_as_text",
    FarZone => "far_zone",
    SummerTime => "summer_time",
    UpdatedEveryMinute => "updated_every_minute",
    Imported => "imported",
    PersonRenamed => "person_renamed",
    PersonDeactivated => "person_deactivated",
    PersonAnonymised => "person_anonymised",
    CarriedFive => "carried_five",
    BacklogDetour => "backlog_detour",
    ZeroLength => "zero_length",
    FutureSprintPlanned => "future_sprint_planned",
}

/// How often each behaviour was shown.
#[derive(Debug)]
pub(crate) struct Behaviours([u64; Behaviour::ALL.len()]);

impl Default for Behaviours {
    fn default() -> Self {
        Self([0; Behaviour::ALL.len()])
    }
}

impl Behaviours {
    pub(crate) fn count(&mut self, behaviour: Behaviour) {
        self.add(behaviour, 1);
    }

    pub(crate) fn add(&mut self, behaviour: Behaviour, times: u64) {
        self.0[behaviour as usize] += times;
    }

    pub(crate) fn times(&self, behaviour: Behaviour) -> u64 {
        self.0[behaviour as usize]
    }

    pub(crate) fn by_name(&self) -> BTreeMap<&'static str, u64> {
        let all = Behaviour::ALL.iter().map(|behaviour| (behaviour.name(), self.times(*behaviour)));
        all.filter(|(_, times)| *times > 0).collect()
    }
}
