package dev.keyward.keycloak;

import java.util.List;
import java.util.Optional;
import org.keycloak.models.ClientSessionContext;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.ProtocolMapperContainerModel;
import org.keycloak.models.ProtocolMapperModel;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.UserSessionModel;
import org.keycloak.protocol.ProtocolMapperConfigException;
import org.keycloak.protocol.oidc.mappers.AbstractOIDCProtocolMapper;
import org.keycloak.protocol.oidc.mappers.OIDCAccessTokenMapper;
import org.keycloak.provider.ProviderConfigProperty;
import org.keycloak.provider.ProviderConfigurationBuilder;
import org.keycloak.representations.AccessToken;

/**
 * Asks a Keyward directory what the person holds in the tenant that an access token is for, and puts it in. Keycloak runs
 * it at sign-in and at every refresh. Where the directory does not say yes, no token is issued.
 */
public final class DirectoryRolesMapper extends AbstractOIDCProtocolMapper implements OIDCAccessTokenMapper {
    private static final String ID = "keyward-directory-roles";

    static final String URL = "url";
    static final String SECRET = "secret";
    static final String TENANT_FROM = "tenant.from";
    static final String AUDIENCE_PREFIX = "audience.prefix";

    private static final List<ProviderConfigProperty> PROPERTIES = ProviderConfigurationBuilder.create()
            .property()
            .name(URL)
            .label("Directory")
            .helpText("Where the directory is asked: https://roles.example/v1/hooks/keycloak")
            .type(ProviderConfigProperty.STRING_TYPE)
            .required(true)
            .add()
            .property()
            .name(SECRET)
            .label("Secret")
            .helpText("What the directory knows this realm by. ${vault.name} is read from Keycloak's vault.")
            .type(ProviderConfigProperty.PASSWORD)
            .secret(true)
            .required(true)
            .add()
            .property()
            .name(TENANT_FROM)
            .label("Tenant from")
            .helpText("What in the token names its tenant.")
            .type(ProviderConfigProperty.LIST_TYPE)
            .options(TokenTenant.AUDIENCE, TokenTenant.ORGANIZATION)
            .defaultValue(TokenTenant.AUDIENCE)
            .add()
            .property()
            .name(AUDIENCE_PREFIX)
            .label("Tenants' audiences begin with")
            .helpText("Where an audience names the tenant: https://api.example/. Other audiences are no tenant's.")
            .type(ProviderConfigProperty.STRING_TYPE)
            .add()
            .build();

    @Override
    public String getId() {
        return ID;
    }

    @Override
    public String getDisplayType() {
        return "Keyward directory roles";
    }

    @Override
    public String getDisplayCategory() {
        return TOKEN_MAPPER_CATEGORY;
    }

    @Override
    public String getHelpText() {
        return "Roles, permissions and their version from a Keyward directory, asked whenever a token is issued.";
    }

    @Override
    public List<ProviderConfigProperty> getConfigProperties() {
        return PROPERTIES;
    }

    /** After all that say whom and what the token is for: subject, audiences, organization. */
    @Override
    public int getPriority() {
        return 1000;
    }

    @Override
    public void validateConfig(
            KeycloakSession session, RealmModel realm, ProtocolMapperContainerModel client, ProtocolMapperModel mapper)
            throws ProtocolMapperConfigException {
        if (!setting(mapper, URL).startsWith("http") || setting(mapper, SECRET).isEmpty()) {
            throw new ProtocolMapperConfigException("Keyward: Directory (a URL) and Secret are both needed.");
        }
        if (TokenTenant.isByAudience(mapper) && setting(mapper, AUDIENCE_PREFIX).isEmpty()) {
            throw new ProtocolMapperConfigException("Keyward: name what tenants' audiences begin with.");
        }
    }

    @Override
    public AccessToken transformAccessToken(
            AccessToken token,
            ProtocolMapperModel mapper,
            KeycloakSession session,
            UserSessionModel userSession,
            ClientSessionContext context) {
        UserModel user = userSession.getUser();
        Optional<String> tenant = TokenTenant.of(token, mapper);
        // A token for many tenants is none's, and a client's own token has no person.
        if (tenant.isEmpty() || user.getServiceAccountClientLink() != null) {
            return token;
        }
        Question question = Question.about(token, user, context.getClientSession().getClient(), tenant.get());
        Answer answer = new Directory(session, setting(mapper, URL), setting(mapper, SECRET)).ask(question);
        token.getOtherClaims().putAll(answer.claims());
        answer.endsBy(token.getIat()).filter(end -> token.getExp() == null || end < token.getExp()).ifPresent(token::exp);
        return token;
    }

    static String setting(ProtocolMapperModel mapper, String name) {
        String value = mapper.getConfig() == null ? null : mapper.getConfig().get(name);
        return value == null ? "" : value.trim();
    }
}
