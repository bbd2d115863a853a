# Digits of clubSandwich for shares of groups whose rows come in clusters: totals of the clusters into
# club_sandwich_totals.csv, variances and degrees of freedom into club_sandwich.csv.
# Rscript tests/statistics/club_sandwich.R, run with R 4.2.2 and clubSandwich 0.5.8.
suppressMessages(library(clubSandwich))
data(AchievementAwardsRCT)
awards <- subset(AchievementAwardsRCT, year == "2001")
examples <- list(
  "awards by kind of school" = data.frame(
    y = awards$Bagrut_status, group = as.character(awards$school_type), cluster = awards$school_id),
  "awards by treatment" = data.frame(
    y = awards$Bagrut_status, group = ifelse(awards$treated == 1, "treated", "control"), cluster = awards$school_id),
  "chicks by diet" = data.frame(
    y = as.numeric(ChickWeight$weight > 150), group = paste("diet", ChickWeight$Diet),
    cluster = as.integer(as.character(ChickWeight$Chick)))
)
totals <- list()
digits <- list()
for (name in names(examples)) {
  rows <- examples[[name]]
  rows <- rows[order(rows$cluster), ]
  fit <- lm(y ~ 0 + group, data = rows)
  each <- aggregate(cbind(counted = y, rows = 1) ~ group + cluster, data = rows, FUN = sum)
  totals[[name]] <- cbind(example = name, each)
  for (rho in c(0, 0.2)) {
    target <- lapply(split(rows$y, rows$cluster), function(y) (1 - rho) * diag(length(y)) + rho)
    found <- vcovCR(fit, cluster = rows$cluster, type = "CR2", target = target)
    means <- coef_test(fit, vcov = found, test = "Satterthwaite")
    digits[[length(digits) + 1]] <- data.frame(
      example = name, rho = rho, what = sub("^group", "", names(coef(fit))), versus = "",
      estimate = means$beta, variance = means$SE^2, df = means$df)
    if (length(coef(fit)) == 2) {
      # The slope of the other way to write the model is the gap.
      slope <- lm(y ~ group, data = rows)
      gap <- coef_test(
        slope, vcov = vcovCR(slope, cluster = rows$cluster, type = "CR2", target = target), test = "Satterthwaite")[2, ]
      digits[[length(digits) + 1]] <- data.frame(
        example = name, rho = rho, what = sub("^group", "", names(coef(fit))[2]),
        versus = sub("^group", "", names(coef(fit))[1]),
        estimate = gap$beta, variance = gap$SE^2, df = gap$df)
    }
  }
}
write.csv(do.call(rbind, totals), "club_sandwich_totals.csv", row.names = FALSE, quote = FALSE)
digits <- do.call(rbind, digits)
for (column in c("estimate", "variance", "df")) digits[[column]] <- format(digits[[column]], digits = 15, trim = TRUE)
write.csv(digits, "club_sandwich.csv", row.names = FALSE, quote = FALSE)
