package dev.keyward.keycloak;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.Map;
import java.util.Optional;

/** What the directory says: claims, and for how many seconds at most the token may say so. */
@JsonIgnoreProperties(ignoreUnknown = true)
record Answer(Map<String, Object> claims, Long lasts) {

    Optional<Long> endsBy(Long issuedAt) {
        return Optional.ofNullable(lasts).map(seconds -> issuedAt + seconds);
    }

    /** A refusal of the directory's. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Refused(String code, String message) {}
}
