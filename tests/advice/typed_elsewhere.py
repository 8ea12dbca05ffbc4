"""Codes whose advice is typed by a test of the place where they belong."""

_MISTAKE = "cli/test_init.py::test_a_mistake_in_the_file_is_mended_by_the_command_that_is_told"
_BUNDLE = "cognito/test_sdk_trust.py::test_an_unusable_bundle_is_named_and_the_fix_unsets_it"
_EXEMPT = (
    "wire/test_proxies.py::test_a_host_is_exempted_in_the_variable_that_counts_and_the_others_stay"
)
_USER_OF_A_PROXY = (
    "wire/test_proxies.py::"
    "test_a_proxy_that_wants_a_user_name_has_a_fix_for_the_variable_that_counts"
)

TYPED_ELSEWHERE = {
    **dict.fromkeys(
        [
            *("OA-C701", "OA-C702", "OA-C703", "OA-C704", "OA-C705", "OA-C706", "OA-C707"),
            *("OA-C709", "OA-C710", "OA-C713", "OA-C715"),
            *("OA-C764", "OA-C765", "OA-C766", "OA-C767"),
        ],
        _MISTAKE,
    ),
    "OA-C711": ("test_places.py::test_a_relative_home_is_an_error_whose_printed_fix_works"),
    "OA-C723": _BUNDLE,
    "OA-C724": _BUNDLE,
    "OA-C728": (
        "cli/test_endpoint_variables.py::test_a_renewal_says_which_variable_and_what_to_type"
    ),
    "OA-C729": (
        "test_surroundings.py::"
        "test_a_client_of_the_caller_that_uses_a_proxy_is_refused_and_the_fix_works"
    ),
    "OA-C751": (
        "cli/test_unseen_marks.py::"
        "test_what_the_sdk_cannot_send_to_a_proxy_is_sent_after_what_it_is_advised"
    ),
    "OA-C785": (
        "cli/test_next_commands.py::test_where_there_is_no_profile_the_command_that_is_told_makes_one"
    ),
    "OA-C788": (
        "cli/test_next_commands.py::"
        "test_where_none_of_several_profiles_is_the_default_one_it_is_told_how_to_make_it_so"
    ),
    "OA-C789": "profiles/test_edits.py::test_an_edit_that_takes_too_long_is_reported",
    "OA-C794": (
        "profiles/test_references.py::"
        "test_a_file_that_others_can_read_is_refused_with_the_chmod_to_type"
    ),
    "OA-C798": (
        "cli/test_untrusted_settings.py::"
        "test_where_it_is_another_user_s_the_commands_that_are_told_make_a_copy_that_is_used"
    ),
    "OA-F809": (
        "cli/test_found_open.py::"
        "test_a_file_that_others_could_have_changed_is_refused_and_the_fix_works"
    ),
    "OA-F825": (
        "cli/test_sandbox.py::test_what_cannot_be_read_of_a_kept_sandbox_is_told_with_what_to_type"
    ),
    "OA-N610": ("cognito/test_sdk_trust.py::test_an_authority_is_trusted_after_the_fix_is_typed"),
    "OA-N620": _EXEMPT,
    "OA-N622": _EXEMPT,
    "OA-N623": _EXEMPT,
    "OA-N621": _USER_OF_A_PROXY,
    "OA-N646": _USER_OF_A_PROXY,
    "OA-N647": (
        "wire/test_proxies.py::"
        "test_a_local_proxy_that_signs_in_replaces_one_that_osdu_auth_cannot_sign_in_to"
    ),
    "OA-U212": "cli/test_machine.py::test_the_line_for_the_cell_is_python",
    "OA-U213": "cli/test_profile.py::test_remove_asks_first_and_a_no_removes_nothing",
    "OA-U224": (
        "cli/test_browser_sign_in.py::"
        "test_a_password_on_standard_input_is_refused_and_what_is_told_is_typed"
    ),
    "OA-S432": (
        "session/test_what_to_type.py::"
        "test_the_fix_of_another_user_s_session_signs_in_as_the_former_user"
    ),
}
