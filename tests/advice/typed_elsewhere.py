"""The codes whose fix is typed by a test of another folder."""

_MISTAKE = "cli/test_init.py::test_the_printed_command_corrects_a_mistake_in_the_file"
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
    "OA-C728": ("cli/test_endpoint_variables.py::test_a_renewal_names_the_variable_and_the_fix"),
    "OA-C729": (
        "test_surroundings.py::"
        "test_a_client_of_the_caller_that_uses_a_proxy_is_refused_and_the_fix_works"
    ),
    "OA-C751": (
        "cli/test_invisible_characters.py::"
        "test_the_printed_command_signs_in_through_a_proxy_that_the_sdk_cannot_use"
    ),
    "OA-C785": ("cli/test_next_commands.py::test_without_a_profile_the_printed_command_makes_one"),
    "OA-C788": (
        "cli/test_next_commands.py::test_without_a_default_profile_the_error_says_how_to_set_one"
    ),
    "OA-C789": "profiles/test_edits.py::test_an_edit_that_takes_too_long_is_reported",
    "OA-C794": (
        "profiles/test_references.py::"
        "test_a_file_that_others_can_read_is_refused_with_the_chmod_to_type"
    ),
    "OA-C798": (
        "cli/test_untrusted_settings.py::"
        "test_for_another_user_s_file_the_printed_commands_make_a_copy_that_is_used"
    ),
    "OA-F809": (
        "cli/test_file_permissions.py::"
        "test_a_file_that_others_could_have_changed_is_refused_and_the_fix_works"
    ),
    "OA-F825": ("cli/test_sandbox.py::test_unreadable_kept_values_are_an_error_with_a_fix"),
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
    "OA-U212": "cli/test_machine.py::test_the_call_for_the_cell_is_python",
    "OA-U213": "cli/test_profile.py::test_remove_asks_first_and_a_no_removes_nothing",
    "OA-U224": (
        "cli/test_browser_sign_in.py::"
        "test_a_password_for_a_sign_in_in_a_browser_is_refused_with_a_working_fix"
    ),
    "OA-S432": (
        "session/test_what_to_type.py::"
        "test_the_fix_of_another_user_s_session_signs_in_as_the_former_user"
    ),
}
