//! One schema for both databases; `UtcTimestamp` is the only type that they store differently.

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    tenants (id) {
        id -> Text,
        slug -> Text,
        name -> Text,
        country -> Text,
        allowed_countries -> Text,
        time_zone -> Text,
        last_event_seq -> BigInt,
        followers_begin -> BigInt,
        created_at -> UtcTimestamp,
        policy -> Text,
        retention -> Text,
        suspended_at -> Nullable<UtcTimestamp>,
        suspended_because -> Nullable<Text>,
        rate_limits -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    users (id) {
        id -> Text,
        username -> Text,
        password_hash -> Text,
        disabled -> Bool,
        created_at -> UtcTimestamp,
        short_id -> Nullable<BigInt>,
        last_login_at -> Nullable<UtcTimestamp>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    memberships (user_id, tenant_id) {
        user_id -> Text,
        tenant_id -> Text,
        role -> Text,
        is_default -> Bool,
        created_at -> UtcTimestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    api_tokens (id) {
        id -> Text,
        user_id -> Text,
        label -> Text,
        secret_sha256 -> Text,
        created_at -> UtcTimestamp,
        expires_at -> Nullable<UtcTimestamp>,
        revoked_at -> Nullable<UtcTimestamp>,
        scopes -> Nullable<Text>,
        tenant_id -> Nullable<Text>,
        last_four -> Nullable<Text>,
        last_used_at -> Nullable<UtcTimestamp>,
        replaced_by -> Nullable<Text>,
        from_login -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    sessions (id) {
        id -> Text,
        user_id -> Text,
        created_at -> UtcTimestamp,
        expires_at -> UtcTimestamp,
        revoked_at -> Nullable<UtcTimestamp>,
        last_used_at -> Nullable<UtcTimestamp>,
        address -> Nullable<Text>,
        agent -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    login_tries (account, network) {
        account -> Text,
        network -> Text,
        failures -> BigInt,
        last_at -> UtcTimestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    login_networks (account, network) {
        account -> Text,
        network -> Text,
        last_at -> UtcTimestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    totp_secrets (user_id) {
        user_id -> Text,
        sealed -> Text,
        confirmed_at -> Nullable<UtcTimestamp>,
        last_step -> BigInt,
        created_at -> UtcTimestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    recovery_codes (user_id, code_sha256) {
        user_id -> Text,
        code_sha256 -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    dids (id) {
        id -> Text,
        tenant_id -> Text,
        number -> Text,
        created_at -> UtcTimestamp,
        carrier -> Nullable<Text>,
        carrier_number_id -> Nullable<Text>,
        connection_id -> Nullable<Text>,
        state -> Text,
        caller_name -> Nullable<Text>,
        header_text -> Nullable<Text>,
        time_zone -> Nullable<Text>,
        route -> Nullable<Text>,
        is_default -> Bool,
        short_id -> Nullable<BigInt>,
        confirmed -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    documents (id) {
        id -> Text,
        tenant_id -> Text,
        user_id -> Text,
        filename -> Text,
        original_name -> Text,
        size -> BigInt,
        sha256 -> Text,
        pages -> Integer,
        storage_key -> Text,
        created_at -> UtcTimestamp,
        removed_at -> Nullable<UtcTimestamp>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    renditions (id) {
        id -> Text,
        tenant_id -> Text,
        cache_key -> Text,
        storage_key -> Text,
        pages -> Integer,
        line_seconds -> Integer,
        created_at -> UtcTimestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    faxes (id) {
        id -> Text,
        tenant_id -> Text,
        user_id -> Nullable<Text>,
        direction -> Text,
        status -> Text,
        sender_number -> Text,
        sender_e164 -> Nullable<Text>,
        recipient_number -> Text,
        document_id -> Nullable<Text>,
        resolution -> Text,
        pages -> Integer,
        duration -> Integer,
        pages_key -> Nullable<Text>,
        line_seconds -> Integer,
        simulated -> Bool,
        is_partial -> Bool,
        error -> Nullable<Text>,
        remote_station_id -> Nullable<Text>,
        call_key -> Nullable<Text>,
        created_at -> UtcTimestamp,
        updated_at -> UtcTimestamp,
        priority -> Integer,
        send_at -> Nullable<UtcTimestamp>,
        removed_at -> Nullable<UtcTimestamp>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    queue_items (id) {
        id -> Text,
        tenant_id -> Text,
        fax_id -> Text,
        position -> Integer,
        recipient_raw -> Text,
        destination -> Text,
        state -> Text,
        simulated -> Bool,
        due_at -> UtcTimestamp,
        confirmed_pages -> Integer,
        attempts -> Integer,
        tries_line -> Integer,
        tries_negotiation -> Integer,
        tries_not_fax -> Integer,
        tries_local -> Integer,
        cancel_requested -> Bool,
        fence -> BigInt,
        leased_by -> Nullable<Text>,
        lease_until -> Nullable<UtcTimestamp>,
        error -> Nullable<Text>,
        processed_at -> Nullable<UtcTimestamp>,
        created_at -> UtcTimestamp,
        updated_at -> UtcTimestamp,
        priority -> Integer,
        parked -> Bool,
        waiting_for -> Nullable<Text>,
        lane -> Nullable<Text>,
        avoid_lane -> Nullable<Text>,
        line_settings -> Nullable<Text>,
        charge -> BigInt,
        tries_partial -> Integer,
        waits -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    attempts (id) {
        id -> Text,
        tenant_id -> Text,
        fax_id -> Text,
        item_id -> Text,
        number -> Integer,
        fence -> BigInt,
        call_uuid -> Text,
        lane -> Text,
        core_uuid -> Text,
        start_page -> Integer,
        total_pages -> Integer,
        phase -> Text,
        transferred -> Integer,
        outcome -> Nullable<Text>,
        class -> Nullable<Text>,
        cause -> Nullable<Text>,
        code -> Nullable<Integer>,
        duration -> Integer,
        remote_station_id -> Nullable<Text>,
        send_by -> UtcTimestamp,
        overdue_at -> UtcTimestamp,
        created_at -> UtcTimestamp,
        settled_at -> Nullable<UtcTimestamp>,
        line_settings -> Nullable<Text>,
        evidence -> Nullable<Text>,
        cost -> BigInt,
        simulated -> Bool,
        carrier_id -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    fax_events (tenant_id, seq) {
        tenant_id -> Text,
        seq -> BigInt,
        fax_id -> Nullable<Text>,
        item_id -> Nullable<Text>,
        attempt -> Nullable<Integer>,
        kind -> Text,
        text -> Text,
        data -> Nullable<Text>,
        at -> UtcTimestamp,
    }
}

diesel::table! {
    event_followers (tenant_id, name) {
        tenant_id -> Text,
        name -> Text,
        seq -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    event_tickets (secret_sha256) {
        secret_sha256 -> Text,
        tenant_id -> Text,
        user_id -> Text,
        token_id -> Nullable<Text>,
        session_id -> Nullable<Text>,
        expires_at -> UtcTimestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    receptions (id) {
        id -> Text,
        call_key -> Text,
        source -> Text,
        to_number -> Text,
        notice -> Text,
        file_key -> Nullable<Text>,
        state -> Text,
        tenant_id -> Nullable<Text>,
        fax_id -> Nullable<Text>,
        error -> Nullable<Text>,
        created_at -> UtcTimestamp,
        updated_at -> UtcTimestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    jobs (id) {
        id -> Text,
        kind -> Text,
        subject -> Text,
        state -> Text,
        due_at -> UtcTimestamp,
        tries -> Integer,
        leased_by -> Nullable<Text>,
        lease_until -> Nullable<UtcTimestamp>,
        last_error -> Nullable<Text>,
        created_at -> UtcTimestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    idempotency_keys (tenant_id, user_id, endpoint, key) {
        tenant_id -> Text,
        user_id -> Text,
        endpoint -> Text,
        key -> Text,
        body_sha256 -> Text,
        answer -> Text,
        created_at -> UtcTimestamp,
        state -> Text,
        reservation -> Text,
        lease_until -> Nullable<UtcTimestamp>,
        status -> Integer,
        sealed -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    rate_counters (endpoint, subject) {
        endpoint -> Text,
        subject -> Text,
        full_at -> BigInt,
        refused -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    shares (tenant_id, simulated) {
        tenant_id -> Text,
        simulated -> Bool,
        backlogged -> Bool,
        next_due -> Nullable<UtcTimestamp>,
        tag -> BigInt,
        waiting_for -> Nullable<Text>,
        next_call_at -> Nullable<UtcTimestamp>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    share_notes (id) {
        id -> BigInt,
        tenant_id -> Text,
        simulated -> Bool,
        due_at -> Nullable<UtcTimestamp>,
        line_ms -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    share_clock (simulated) {
        simulated -> Bool,
        tag -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    usage_days (tenant_id, day) {
        tenant_id -> Text,
        day -> Text,
        attempts -> BigInt,
        line_seconds -> BigInt,
        cost -> BigInt,
        faxes_sent -> BigInt,
        faxes_failed -> BigInt,
        faxes_received -> BigInt,
        pages_sent -> BigInt,
        pages_received -> BigInt,
        faxes_on_net -> BigInt,
        pages_on_net -> BigInt,
        price -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    price_lists (tenant_id) {
        tenant_id -> Text,
        list -> Text,
        updated_at -> UtcTimestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    balances (tenant_id) {
        tenant_id -> Text,
        prepaid -> Bool,
        balance -> BigInt,
        held -> BigInt,
        low_mark -> Nullable<BigInt>,
        told -> Integer,
        last_seq -> BigInt,
        updated_at -> UtcTimestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    balance_entries (tenant_id, seq) {
        tenant_id -> Text,
        seq -> BigInt,
        kind -> Text,
        amount -> BigInt,
        held -> BigInt,
        balance_after -> BigInt,
        held_after -> BigInt,
        fax_id -> Nullable<Text>,
        attempt_id -> Nullable<Text>,
        reference -> Nullable<Text>,
        note -> Nullable<Text>,
        at -> UtcTimestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    charges (attempt_id) {
        attempt_id -> Text,
        tenant_id -> Text,
        fax_id -> Text,
        item_id -> Text,
        per_page -> BigInt,
        per_minute -> BigInt,
        per_attempt -> BigInt,
        most -> Nullable<BigInt>,
        held -> BigInt,
        price -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    balance_waits (item_id) {
        item_id -> Text,
        tenant_id -> Text,
        needs -> BigInt,
        since -> UtcTimestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    limit_notices (tenant_id, name, period, percent, most) {
        tenant_id -> Text,
        name -> Text,
        period -> Text,
        percent -> Integer,
        most -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    lanes (name) {
        name -> Text,
        paused_until -> Nullable<UtcTimestamp>,
        pause_reason -> Nullable<Text>,
        pauses -> Integer,
        next_call_at -> Nullable<UtcTimestamp>,
        folder -> Nullable<Text>,
        updated_at -> UtcTimestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    destinations (number) {
        number -> Text,
        max_calls -> Integer,
        line_settings -> Nullable<Text>,
        pinned -> Bool,
        good -> Integer,
        bad -> Integer,
        note -> Nullable<Text>,
        learned_at -> Nullable<UtcTimestamp>,
        updated_at -> UtcTimestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    crowded (destination, simulated) {
        destination -> Text,
        simulated -> Bool,
        look_at -> UtcTimestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    do_not_fax (id) {
        id -> Text,
        tenant_id -> Nullable<Text>,
        number -> Text,
        reason -> Text,
        created_at -> UtcTimestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    call_records (call_uuid) {
        call_uuid -> Text,
        source -> Text,
        body -> Text,
        received_at -> UtcTimestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    nodes (name) {
        name -> Text,
        version -> Text,
        lanes -> Text,
        started_at -> UtcTimestamp,
        beat_at -> UtcTimestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    routes (id) {
        id -> Text,
        tenant_id -> Nullable<Text>,
        prefix -> Text,
        position -> Integer,
        lanes -> Text,
        created_at -> UtcTimestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    carrier_events (id) {
        id -> Text,
        carrier -> Text,
        kind -> Text,
        fax_id -> Nullable<Text>,
        attempt_id -> Nullable<Text>,
        occurred_at -> Nullable<UtcTimestamp>,
        body -> Text,
        received_at -> UtcTimestamp,
        used_at -> Nullable<UtcTimestamp>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    number_orders (id) {
        id -> Text,
        tenant_id -> Text,
        user_id -> Nullable<Text>,
        carrier -> Text,
        carrier_order_id -> Nullable<Text>,
        numbers -> Text,
        state -> Text,
        error -> Nullable<Text>,
        asked_at -> Nullable<UtcTimestamp>,
        looks -> Integer,
        created_at -> UtcTimestamp,
        updated_at -> UtcTimestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    webhook_endpoints (id) {
        id -> Text,
        tenant_id -> Text,
        url -> Text,
        description -> Text,
        event_types -> Text,
        is_active -> Bool,
        secret -> Text,
        former_secret -> Nullable<Text>,
        former_until -> Nullable<UtcTimestamp>,
        failing_since -> Nullable<UtcTimestamp>,
        last_failure_at -> Nullable<UtcTimestamp>,
        not_before -> Nullable<UtcTimestamp>,
        disabled_at -> Nullable<UtcTimestamp>,
        disabled_reason -> Nullable<Text>,
        created_at -> UtcTimestamp,
        updated_at -> UtcTimestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    webhook_deliveries (id) {
        id -> Text,
        tenant_id -> Text,
        endpoint_id -> Text,
        event_id -> Text,
        event_type -> Text,
        event_at -> UtcTimestamp,
        event_seq -> BigInt,
        body -> Text,
        state -> Text,
        fence -> Integer,
        failures -> Integer,
        due_at -> UtcTimestamp,
        leased_by -> Nullable<Text>,
        lease_until -> Nullable<UtcTimestamp>,
        last_status -> Nullable<Integer>,
        created_at -> UtcTimestamp,
        ended_at -> Nullable<UtcTimestamp>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    webhook_attempts (delivery_id, number) {
        delivery_id -> Text,
        number -> Integer,
        tenant_id -> Text,
        started_at -> UtcTimestamp,
        duration_ms -> Nullable<BigInt>,
        status -> Nullable<Integer>,
        response_body -> Nullable<Text>,
        error -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    audit_entries (chain, seq) {
        chain -> Text,
        seq -> BigInt,
        at -> UtcTimestamp,
        actor -> Text,
        actor_id -> Nullable<Text>,
        actor_name -> Nullable<Text>,
        token_id -> Nullable<Text>,
        address -> Nullable<Text>,
        action -> Text,
        object -> Text,
        details -> Text,
        hash -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    audit_heads (chain) {
        chain -> Text,
        seq -> BigInt,
        hash -> Text,
        seal -> Nullable<Text>,
        at -> UtcTimestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    legal_holds (id) {
        id -> Text,
        tenant_id -> Text,
        fax_id -> Nullable<Text>,
        number -> Nullable<Text>,
        from_at -> Nullable<UtcTimestamp>,
        until_at -> Nullable<UtcTimestamp>,
        reason -> Text,
        placed_by -> Text,
        by_operator -> Bool,
        placed_at -> UtcTimestamp,
        lifted_by -> Nullable<Text>,
        lifted_at -> Nullable<UtcTimestamp>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    doomed_files (storage_key) {
        storage_key -> Text,
        doomed_at -> UtcTimestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    tenant_erasures (tenant) {
        tenant -> Text,
        slug -> Text,
        state -> Text,
        asked_by -> Text,
        asked_at -> UtcTimestamp,
        due_at -> UtcTimestamp,
        erased_at -> Nullable<UtcTimestamp>,
        counts -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    mail_settings (tenant_id) {
        tenant_id -> Text,
        settings -> Text,
        token_sha256 -> Nullable<Text>,
        updated_at -> UtcTimestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    mail_senders (tenant_id, pattern) {
        tenant_id -> Text,
        pattern -> Text,
        user_id -> Text,
        number -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    mail_domains (domain) {
        domain -> Text,
        tenant_id -> Text,
        created_at -> UtcTimestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    mail_wishes (tenant_id, fax_id, address) {
        tenant_id -> Text,
        fax_id -> Text,
        address -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    mail_outbox (id) {
        id -> Text,
        tenant_id -> Text,
        subject_key -> Text,
        kind -> Text,
        recipient -> Text,
        fax_id -> Nullable<Text>,
        notice -> Text,
        state -> Text,
        due_at -> UtcTimestamp,
        tries -> Integer,
        leased_by -> Nullable<Text>,
        lease_until -> Nullable<UtcTimestamp>,
        answer -> Nullable<Text>,
        created_at -> UtcTimestamp,
        ended_at -> Nullable<UtcTimestamp>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    mail_intake (id) {
        id -> Text,
        tenant_id -> Text,
        message_key -> Text,
        message_id -> Nullable<Text>,
        source -> Text,
        user_id -> Nullable<Text>,
        sender -> Text,
        recipients -> Text,
        subject -> Text,
        state -> Text,
        error -> Nullable<Text>,
        created_at -> UtcTimestamp,
        updated_at -> UtcTimestamp,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    mail_intake_faxes (tenant_id, intake_id, part) {
        tenant_id -> Text,
        intake_id -> Text,
        part -> Integer,
        fax_id -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    tenant_keys (id) {
        id -> Text,
        tenant_id -> Nullable<Text>,
        wrapped -> Text,
        master -> Text,
        created_at -> UtcTimestamp,
        retired_at -> Nullable<UtcTimestamp>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    file_keys (storage_key) {
        storage_key -> Text,
        id -> Text,
        tenant_id -> Nullable<Text>,
        tenant_key_id -> Text,
        wrapped -> Text,
        may_be_clear -> Bool,
    }
}

diesel::joinable!(file_keys -> tenant_keys (tenant_key_id));
diesel::joinable!(queue_items -> faxes (fax_id));
diesel::joinable!(memberships -> tenants (tenant_id));
diesel::allow_tables_to_appear_in_same_query!(
    tenant_keys,
    file_keys,
    tenants,
    users,
    memberships,
    api_tokens,
    sessions,
    login_tries,
    login_networks,
    totp_secrets,
    recovery_codes,
    dids,
    documents,
    renditions,
    faxes,
    queue_items,
    attempts,
    fax_events,
    event_followers,
    event_tickets,
    receptions,
    jobs,
    idempotency_keys,
    shares,
    share_notes,
    usage_days,
    destinations,
    do_not_fax,
    routes,
    carrier_events,
    number_orders,
    webhook_endpoints,
    webhook_deliveries,
    webhook_attempts,
    price_lists,
    balances,
    balance_entries,
    charges,
    balance_waits,
    limit_notices,
    mail_settings,
    mail_senders,
    mail_domains,
    mail_wishes,
    mail_outbox,
    mail_intake,
    mail_intake_faxes,
);

diesel::table! {
    use diesel::sql_types::*;
    use crate::column::UtcTimestamp;

    cover_templates (id) {
        id -> Text,
        tenant_id -> Text,
        name -> Text,
        is_default -> Bool,
        design -> Text,
        logo_key -> Nullable<Text>,
        created_at -> UtcTimestamp,
        updated_at -> UtcTimestamp,
    }
}

diesel::table! {
    fax_covers (fax_id) {
        fax_id -> Text,
        tenant_id -> Text,
        cover -> Text,
    }
}
