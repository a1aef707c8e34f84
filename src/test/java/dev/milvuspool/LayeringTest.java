package dev.milvuspool;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.milvus.v2.client.MilvusClientV2;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LayeringTest {
  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .importUrl(MilvusPool.class.getProtectionDomain().getCodeSource().getLocation());

  private static final String PUBLIC = "public interface";
  private static final String POOL = "pool";
  private static final String CLIENT = "client facade";
  private static final String SUPERVISED = "supervised connections";
  private static final String SDK = "connections of the SDK";
  private static final String BASE = "base";

  @Test
  void callsFlowFromPoolToClientToConnectionsToSdkAndNeverBack() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer(PUBLIC)
        .definedBy(describe("public", type -> isVisible(outermost(type))))
        .layer(POOL)
        .definedBy(
            in(
                "ClientProperties",
                "Creations",
                "DefaultMilvusPool",
                "OpenPools",
                "OptionProperties",
                "PoolSettings",
                "Property",
                "Spelling",
                "StandaloneClient"))
        .layer(CLIENT)
        .definedBy(
            in(
                "BaseClient",
                "Calls",
                "ClientCore",
                "DefaultClient",
                "Polling",
                "Progress",
                "Requests",
                "SchemaClient"))
        .layer(SUPERVISED)
        .definedBy(
            in("Admission", "Reconfiguration", "Reconnect", "Situation", "Supervisor", "Upkeep"))
        .layer(SDK)
        .definedBy(
            in(
                "CensusLookup",
                "ConnectFailure",
                "Connection",
                "Connector",
                "Deadlines",
                "Dial",
                "FrameLog",
                "InFlightCall",
                "InFlightCalls",
                "Knock",
                "KnockLimit",
                "Leases",
                "Reached",
                "RpcGate",
                "SdkConfig",
                "SdkConnector",
                "SdkInternals",
                "TrustAnchors",
                "VersionQuestion"))
        // ClientEvents is the seam through which a lower layer tells an event.
        .layer(BASE)
        .definedBy(
            in(
                "Address",
                "Background",
                "Backoff",
                "Checks",
                "ClientEvents",
                "Credentials",
                "Failures",
                "Nanos",
                "Operation",
                "OptionValues",
                "Waits"))
        .whereLayer(PUBLIC)
        .mayOnlyAccessLayers(BASE)
        .whereLayer(POOL)
        .mayOnlyAccessLayers(PUBLIC, CLIENT, SUPERVISED, SDK, BASE)
        .whereLayer(CLIENT)
        .mayOnlyAccessLayers(PUBLIC, SUPERVISED, SDK, BASE)
        .whereLayer(SUPERVISED)
        .mayOnlyAccessLayers(PUBLIC, SDK, BASE)
        .whereLayer(SDK)
        .mayOnlyAccessLayers(PUBLIC, BASE)
        .whereLayer(BASE)
        .mayOnlyAccessLayers(PUBLIC)
        // The static factories of the two interfaces.
        .ignoreDependency(type(MilvusPool.class), in("DefaultMilvusPool"))
        .ignoreDependency(type(MilvusPool.Builder.class), in("DefaultMilvusPool", "PoolSettings"))
        .ignoreDependency(type(Client.class), in("StandaloneClient"))
        .ensureAllClassesAreContainedInArchitecture()
        .check(MAIN);
  }

  @Test
  void publicTypesAreThoseOfTheInterfaceAndNoOther() {
    Set<String> visible =
        MAIN.stream()
            .filter(LayeringTest::isVisible)
            .map(type -> type.getName().substring("dev.milvuspool.".length()))
            .filter(name -> !name.endsWith("package-info"))
            .collect(Collectors.toSet());

    assertThat(visible)
        .containsExactlyInAnyOrder(
            "MilvusPool",
            "MilvusPool$Builder",
            "Client",
            "ClientOptions",
            "ClientOptions$Builder",
            "TlsOptions",
            "TlsOptions$Builder",
            "ProgressListener",
            "PoolListener",
            "PoolStats",
            "ClientStats",
            "ClientHealth",
            "ClientState",
            "MilvusPoolException",
            "ClientNotFoundException",
            "ClientAlreadyExistsException",
            "ClientConnectException",
            "ClientConnectException$Reason",
            "ClientUnavailableException",
            "ClientTimeoutException",
            "ClientClosedException",
            "PoolClosedException",
            "micrometer.MicrometerPoolListener");
  }

  @Test
  void noPublicMethodMentionsATypeThatUsersCannotImport() {
    methods()
        .that(describe("are visible to users", LayeringTest::isVisible))
        .should(mentionOnlyWhatUsersCanImport())
        .check(MAIN);
  }

  @Test
  void onlyTheAdapterTouchesMicrometer() {
    noClasses()
        .that(not(resideInAPackage("dev.milvuspool.micrometer")))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.micrometer..", "dev.milvuspool.micrometer..")
        .check(MAIN);
  }

  @Test
  void theSdksSharedStateIsNeverChanged() {
    noClasses()
        .should()
        .accessTargetWhere(
            targetIs(MilvusClientV2.class, "withTimeout", "withRetry", "useDatabase"))
        .check(MAIN);
  }

  @Test
  void onlyANewSdkClientIsToldHowToRetry() {
    noClasses()
        .that(not(in("Dial")))
        .should()
        .accessTargetWhere(targetIs(MilvusClientV2.class, "retryConfig"))
        .check(MAIN);
  }

  @Test
  void nothingIsPrinted() {
    noClasses()
        .should()
        .accessTargetWhere(targetIs(System.class, "out", "err"))
        .orShould()
        .accessTargetWhere(targetIs(Throwable.class, "printStackTrace"))
        .check(MAIN);
  }

  @Test
  void onlyTheBoundedWaitsOfAUsersThreadSleep() {
    noClasses()
        .should()
        .accessTargetWhere(targetIs(Thread.class, "sleep"))
        .orShould()
        .accessTargetWhere(targetIs(TimeUnit.class, "sleep").and(not(originIs("Waits"))))
        .check(MAIN);
  }

  private static DescribedPredicate<JavaClass> in(String... names) {
    Set<String> known = Set.of(names);
    return describe(
        "one of " + Arrays.toString(names),
        type ->
            !isVisible(outermost(type))
                && (known.contains(outermost(type).getSimpleName())
                    || type.getSimpleName().equals("package-info")));
  }

  private static DescribedPredicate<JavaAccess<?>> targetIs(Class<?> owner, String... names) {
    return describe(
        owner.getSimpleName() + "." + String.join("/", names),
        access ->
            access.getTargetOwner().isAssignableTo(owner)
                && Set.of(names).contains(access.getTarget().getName()));
  }

  private static DescribedPredicate<JavaAccess<?>> originIs(String name) {
    return describe(
        "in " + name, access -> outermost(access.getOriginOwner()).getSimpleName().equals(name));
  }

  private static JavaClass outermost(JavaClass type) {
    return type.getEnclosingClass().map(LayeringTest::outermost).orElse(type);
  }

  private static boolean isVisible(JavaClass type) {
    return isVisible(type.getModifiers())
        && type.getEnclosingClass().map(LayeringTest::isVisible).orElse(true);
  }

  private static boolean isVisible(JavaMethod method) {
    return isVisible(method.getModifiers()) && isVisible(method.getOwner());
  }

  private static boolean isVisible(Set<JavaModifier> modifiers) {
    return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
  }

  private static ArchCondition<JavaMethod> mentionOnlyWhatUsersCanImport() {
    return new ArchCondition<>("mention only what users can import") {
      @Override
      public void check(JavaMethod method, ConditionEvents events) {
        Stream.of(
                Stream.of(method.getRawReturnType()),
                method.getRawParameterTypes().stream(),
                method.getThrowsClause().stream().map(declared -> declared.getRawType()))
            .flatMap(types -> types)
            .map(JavaClass::getBaseComponentType)
            .filter(type -> !canBeImported(type))
            .forEach(
                type ->
                    events.add(
                        SimpleConditionEvent.violated(
                            method, method.getFullName() + " mentions " + type.getName())));
      }
    };
  }

  private static boolean canBeImported(JavaClass type) {
    return !type.getPackageName().contains(".shaded.") && (type.isPrimitive() || isVisible(type));
  }
}
