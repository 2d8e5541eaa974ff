//! The cases that break naive implementations (METRICS section 17), and the behaviours that show each.

use std::collections::BTreeMap;

use crate::behaviour::Behaviour::{self, *};
use crate::behaviour::Behaviours;

/// By number; a letter tells the variants of a case.
const CASES: &[(&str, &[Behaviour])] = &[
    ("01_added_second_before_start", &[AddedSecondBeforeStart]),
    ("02_added_same_day_after_start", &[AddedSameDay]),
    ("03a_removed_and_readded", &[Readded]),
    ("03b_reestimated_while_out", &[ReaddedReestimated]),
    ("04_added_and_removed", &[AddedAndRemoved]),
    ("05_moved_to_parallel_sprint", &[MovedToParallelSprint]),
    ("06_done_before_start", &[DoneBeforeStart]),
    ("07a_done_inside_and_undone_at_end", &[UndoneAtClose]),
    ("07b_done_before_start_and_undone_at_end", &[UndoneEarlierDoneAtClose]),
    ("08_done_between_planned_end_and_end", &[DoneAfterPlannedEnd]),
    ("09_done_after_end_same_day", &[DoneSameDayAfterClose]),
    ("10a_reestimated_before_start", &[ReestimatedBeforeStart]),
    ("10b_reestimated_at_start", &[ReestimatedAtStart]),
    ("10c_reestimated_after_start", &[ReestimatedMillisecondAfterStart, Reestimated]),
    ("10d_reestimated_after_done", &[ReestimatedDone]),
    ("10e_reestimated_after_end", &[ReestimatedAfterClose]),
    ("11_estimated_after_start", &[EstimateSet]),
    ("12_estimate_cleared", &[EstimateCleared]),
    ("13a_fractional_estimate", &[FractionalEstimate]),
    ("13b_estimate_as_text", &[TypedEstimate, TypedThousand]),
    ("14_sub_task_with_points", &[SubTaskWithPointsInSprint]),
    ("15a_story_becomes_sub_task", &[BecameSubTask]),
    ("15b_sub_task_becomes_story", &[BecameStoryAgain]),
    ("16_key_moved", &[KeyMoved]),
    ("17a_deleted_in_sprint", &[DeletedInSprint]),
    ("17b_deleted_after_end", &[DeletedAfterClose]),
    ("18_hidden", &[Hidden]),
    ("19_status_unmapped", &[UnmappedAtClose]),
    ("20_columns_changed_after_end", &[ColumnsChanged]),
    ("21_estimation_field_changed", &[EstimationChanged]),
    ("22_start_edited", &[StartEdited]),
    ("23a_reopened_sprint", &[SprintReopened]),
    ("23b_in_another_active_sprint_at_reopening", &[RemovedAtReopening]),
    ("23c_back_at_reopening", &[BackAtReopening]),
    ("24_sprint_deleted", &[SprintDeleted]),
    ("25_sprint_on_two_boards", &[ShownElsewhere]),
    ("26_changes_in_one_millisecond", &[SameMillisecond]),
    ("27a_repeated", &[LineRepeated]),
    ("27b_outdated_line", &[LineOutdated]),
    ("27c_observation_out_of_order", &[ObservationOutOfOrder]),
    ("28a_more_than_100_changes", &[ManyChanges]),
    ("28b_more_than_1000_changes", &[VeryManyChanges]),
    ("29a_present_value_of_no_change", &[Corrected]),
    ("29b_broken_chain", &[BrokenChain]),
    ("30_items_as_text", &[ItemsAsText]),
    ("31_sprints_as_text", &[SprintsAsText]),
    ("32a_far_zone", &[FarZone]),
    ("32b_summer_time", &[SummerTime]),
    ("33_updated_every_minute", &[UpdatedEveryMinute]),
    ("34_created_after_first_change", &[Imported]),
    ("35a_person_renamed", &[PersonRenamed]),
    ("35b_person_deactivated", &[PersonDeactivated]),
    ("35c_person_anonymised", &[PersonAnonymised]),
    ("36_carried_through_six_sprints", &[CarriedFive]),
    ("37_backlog_detour", &[BacklogDetour]),
    ("38_empty_sprint", &[EmptySprint]),
    ("39_sprint_of_no_length", &[ZeroLength]),
    ("40_weekend_start", &[WeekendStart]),
    ("41_future_sprint_with_issues", &[FutureSprintPlanned]),
];

/// How often each case was produced.
pub(crate) fn produced(behaviours: &Behaviours) -> BTreeMap<&'static str, u64> {
    let times = |shown: &[Behaviour]| shown.iter().map(|behaviour| behaviours.times(*behaviour)).sum();
    CASES.iter().map(|(case, shown)| (*case, times(shown))).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::CASES;

    #[test]
    fn all_forty_one_are_named() {
        let numbers: BTreeSet<_> = CASES.iter().filter_map(|(case, _)| case.get(..2)).collect();
        let expected: Vec<String> = (1..=41).map(|number| format!("{number:02}")).collect();
        assert!(numbers.into_iter().eq(expected.iter().map(String::as_str)));
    }
}
