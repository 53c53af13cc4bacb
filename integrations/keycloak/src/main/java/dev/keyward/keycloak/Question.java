package dev.keyward.keycloak;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.keycloak.models.ClientModel;
import org.keycloak.models.UserModel;
import org.keycloak.representations.AccessToken;

/** What the directory is asked: the body of its generic shape. */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Question(
        String issuer,
        String subject,
        String client,
        String tenant,
        String email,
        @JsonProperty("email_verified") Boolean emailVerified) {

    /** The subject is the token's, as backends see it; a client without the scope `basic` has none in its tokens. */
    static Question about(AccessToken token, UserModel user, ClientModel client, String tenant) {
        String subject = token.getSubject() == null ? user.getId() : token.getSubject();
        Boolean verified = user.getEmail() == null ? null : user.isEmailVerified();
        return new Question(token.getIssuer(), subject, client.getClientId(), tenant, user.getEmail(), verified);
    }
}
